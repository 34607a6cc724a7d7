import { access } from "node:fs";

/**
 * Starts libuv's threads, which look up names and read files. libuv starts them when they are first needed, and aborts
 * the process if the kernel refuses. An app that has used up the container's limit of processes (--pids-limit) would so
 * end PID 1 with SIGABRT at the next look. Before the app runs, there is room.
 */
export function startThreadPool(): void {
  access("/", () => {});
}
