/** Linux signals by number (signal(7)), the same on x86-64 and arm64. Index 0 is unused. */
const standardNames = [
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

type StandardSignal = Exclude<(typeof standardNames)[number], "">;
type RealTimeSignal = "SIGRTMIN" | `SIGRTMIN+${number}` | `SIGRTMAX-${number}` | "SIGRTMAX";

export type SignalName = StandardSignal | RealTimeSignal;

/** libc reserves 32 and 33. glibc, Docker and systemd count from 34. musl's SIGRTMIN is 35. */
const realTimeFirst = 34;
const realTimeLast = 64;

/** Names them like bash's `kill -l`: relative to the nearer end of the range. */
function nameOfRealTime(number: number): RealTimeSignal {
  const above = number - realTimeFirst;
  const below = realTimeLast - number;
  if (above === 0) return "SIGRTMIN";
  if (below === 0) return "SIGRTMAX";
  return above <= below ? `SIGRTMIN+${above}` : `SIGRTMAX-${below}`;
}

export const realTimeSignals: readonly SignalName[] = Array.from(
  { length: realTimeLast - realTimeFirst + 1 },
  (_, index) => nameOfRealTime(realTimeFirst + index),
);

const names: readonly (SignalName | "")[] = [...standardNames, "", "", ...realTimeSignals];

/** KILL and STOP cannot be caught. CHLD is about our own children. */
const notForwardable: ReadonlySet<string> = new Set(["SIGKILL", "SIGSTOP", "SIGCHLD"]);

/** Every signal that we can catch and that is meaningful for the app. */
export const forwardableSignals: readonly SignalName[] = names.filter(
  (name): name is SignalName => name !== "" && !notForwardable.has(name),
);

export function signalNumber(name: SignalName): number {
  return names.indexOf(name);
}

/** Undefined if there is no such signal. */
export function signalName(number: number): SignalName | undefined {
  return names[number] || undefined;
}

/** Reads `TERM`, `SIGTERM`, `sigterm`, `15`, `RTMIN+3` and `SIGRTMAX-2`. Undefined if there is no such signal. */
export function parseSignal(text: string | number): SignalName | undefined {
  const asked = String(text).toUpperCase();
  if (/^\d+$/.test(asked)) return signalName(Number(asked));
  const full = asked.startsWith("SIG") ? asked : `SIG${asked}`;
  const [, end, distance] = /^SIGRT(MIN|MAX)(?:[+-](\d+))?$/.exec(full) ?? [];
  if (end === undefined) return names.find((name): name is SignalName => name === full && name.length > 0);
  if (distance !== undefined && full.includes("+") !== (end === "MIN")) return undefined;
  const steps = Number(distance ?? 0);
  const number = end === "MIN" ? realTimeFirst + steps : realTimeLast - steps;
  return number >= realTimeFirst ? signalName(number) : undefined;
}
