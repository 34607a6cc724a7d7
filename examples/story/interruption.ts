import { constants } from "node:os";

export interface Interruption {
  /** Aborted at the first request to end the story early. Further requests have no effect. */
  readonly signal: AbortSignal;
  /** The signal that was received, or the one that matches the event. */
  readonly cause: () => NodeJS.Signals | undefined;
}

const parentEveryMs = 100;

/** From now on signals do not end the process directly, so the story can stop its processes in order. */
export function catchInterruption(): Interruption {
  const controller = new AbortController();
  let cause: NodeJS.Signals | undefined;
  const interrupt = (name: NodeJS.Signals) => {
    cause ??= name;
    controller.abort(new Error(`interrupted by ${name}`));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.on(name, () => interrupt(name));
  // npm passes SIGTERM on to a shell. The shell dies of it and does not pass it on to us.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && interrupt("SIGTERM"), parentEveryMs).unref();
  // The reader is gone: `npm start | head`.
  process.stdout.on("error", () => interrupt("SIGPIPE"));
  return { signal: controller.signal, cause: () => cause };
}

/** Ends this process with the same signal, so that npm and the shell see the cause. */
export function dieOf(cause: NodeJS.Signals): never {
  process.removeAllListeners(cause);
  // SIGQUIT would leave a core file, and Node ignores SIGPIPE.
  if (cause !== "SIGQUIT" && cause !== "SIGPIPE") process.kill(process.pid, cause);
  process.exit(128 + constants.signals[cause]);
}
