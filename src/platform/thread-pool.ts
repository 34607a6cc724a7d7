import { access } from "node:fs";

/**
 * Starts libuv's threads, which look up names and read files. By default, libuv starts them on first use, and aborts
 * the process if the kernel refuses. If the app has used up the container's limit of processes (--pids-limit), the next
 * look would then end PID 1 with SIGABRT. Call it before the app starts.
 */
export function startThreadPool(): void {
  access("/", () => {});
}
