/** Linux signals by number (signal(7), x86-64 and arm64 alike). Index 0 is no signal. */
const names = [
  "",
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGILL",
  "SIGTRAP",
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGKILL",
  "SIGUSR1",
  "SIGSEGV",
  "SIGUSR2",
  "SIGPIPE",
  "SIGALRM",
  "SIGTERM",
  "SIGSTKFLT",
  "SIGCHLD",
  "SIGCONT",
  "SIGSTOP",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGURG",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGVTALRM",
  "SIGPROF",
  "SIGWINCH",
  "SIGIO",
  "SIGPWR",
  "SIGSYS",
] as const;

export type SignalName = Exclude<(typeof names)[number], "">;

/** Nobody can catch these two, and CHLD is about our own children. */
const notForwardable: ReadonlySet<string> = new Set(["SIGKILL", "SIGSTOP", "SIGCHLD"]);

/** Every signal that the kernel lets us catch and that means something to the app. */
export const forwardableSignals: readonly SignalName[] = names.filter(
  (name): name is SignalName => name !== "" && !notForwardable.has(name),
);

export function signalNumber(name: SignalName): number {
  return names.indexOf(name);
}

/** Reads `TERM`, `SIGTERM`, `sigterm` and `15`. Returns undefined where there is no such signal. */
export function parseSignal(text: string | number): SignalName | undefined {
  const asked = String(text).toUpperCase();
  if (/^\d+$/.test(asked)) return names[Number(asked)] || undefined;
  const full = asked.startsWith("SIG") ? asked : `SIG${asked}`;
  return names.find((name): name is SignalName => name === full && name.length > 0);
}
