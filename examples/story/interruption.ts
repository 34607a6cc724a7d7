import { constants } from "node:os";

export interface Interruption {
  /** Aborted at the first thing that asks the story to end early. Whatever asks again changes nothing. */
  readonly signal: AbortSignal;
  /** The signal that asked, or the one that stands for what has happened. */
  readonly cause: () => NodeJS.Signals | undefined;
}

const parentEveryMs = 100;

/** From now on nothing ends the process by itself: what was started can be stopped in order. */
export function catchInterruption(): Interruption {
  const controller = new AbortController();
  let cause: NodeJS.Signals | undefined;
  const interrupt = (name: NodeJS.Signals) => {
    cause ??= name;
    controller.abort(new Error(`interrupted by ${name}`));
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.on(name, () => interrupt(name));
  // npm passes SIGTERM on to a shell that dies of it without telling us.
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && interrupt("SIGTERM"), parentEveryMs).unref();
  // Nobody reads any more: `npm start | head`.
  process.stdout.on("error", () => interrupt("SIGPIPE"));
  return { signal: controller.signal, cause: () => cause };
}

/** Ends as the signal would have ended us, so that npm and the shell know what it was. */
export function dieOf(cause: NodeJS.Signals): never {
  process.removeAllListeners(cause);
  // SIGQUIT would leave a core file, and Node ignores SIGPIPE.
  if (cause !== "SIGQUIT" && cause !== "SIGPIPE") process.kill(process.pid, cause);
  process.exit(128 + constants.signals[cause]);
}
