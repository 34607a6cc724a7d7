import { launchFlag } from "../kernel/launch-flag.ts";

/** What the command line asks for. */
export type Command = { readonly configPath?: string } & (
  | { readonly mode: "run"; readonly command: readonly string[] }
  | { readonly mode: "exec"; readonly command: readonly string[] }
  /** Not for people: we were started to become an app (platform/processes/launch.ts). */
  | { readonly mode: "launch"; readonly descriptor: number }
  | { readonly mode: "upgrade"; readonly acceptDrift: readonly string[]; readonly drainTimeoutSeconds: number }
  | { readonly mode: "baseline"; readonly name: string }
  | { readonly mode: "plan"; readonly json: boolean; readonly strict: boolean }
  | { readonly mode: "status"; readonly json: boolean }
  | { readonly mode: "wait"; readonly timeoutSeconds: number }
  | { readonly mode: "health" }
  | { readonly mode: "print"; readonly text: string }
);

export interface Flag {
  readonly name: string;
  readonly describe: string;
  /** What stands for its value in the help; undefined where it takes none. */
  readonly value?: string;
  /** A flag that chooses what is done; without one the command is run. */
  readonly mode?: true;
  /** The modes that it belongs to; undefined for all. */
  readonly goesWith?: readonly string[];
  /** May be given more than once. */
  readonly repeatable?: true;
}

/** Every flag, once: the parser, the help and the README's table are made from this list. */
export const flags: readonly Flag[] = [
  { name: "upgrade", mode: true, describe: "Run hooks and migrations, record the release, and exit" },
  {
    name: "accept-drift",
    value: "NAME",
    goesWith: ["upgrade"],
    repeatable: true,
    describe:
      "Record the file of an applied or begun migration as it is now, though it was changed, renamed or removed",
  },
  {
    name: "wait-for-drain",
    value: "DURATION",
    goesWith: ["upgrade"],
    describe: "Wait up to this long for older instances to end before a contract migration is left for later",
  },
  {
    name: "plan",
    mode: true,
    describe: "Show what --upgrade would do, and change nothing: exit 0 nothing to do, 3 work to do",
  },
  {
    name: "strict",
    goesWith: ["plan"],
    describe: "Exit 3 for findings in pending migrations instead, and 0 without any: for CI",
  },
  {
    name: "baseline",
    value: "NAME",
    mode: true,
    describe: "Record the migrations up to this one as applied, without running them",
  },
  { name: "status", mode: true, describe: "Look once at every dependency: exit 0 when all are compatible, else 1" },
  { name: "json", goesWith: ["status", "plan"], describe: "Write JSON" },
  { name: "wait", mode: true, describe: "Wait until every dependency is compatible: exit 0, or 75 at the timeout" },
  {
    name: "timeout",
    value: "DURATION",
    goesWith: ["wait"],
    describe: "How long to wait, as in 90s, 10m or 1h. Default: 10m",
  },
  { name: "health", mode: true, describe: "Ask the running supervisor for its health (for HEALTHCHECK): exit 0 or 1" },
  { name: "exec", mode: true, describe: "Replace seaworthy by COMMAND: no supervisor, no health, nothing resident" },
  {
    name: "config",
    value: "FILE",
    describe: "Configuration file. Default: $SEAWORTHY_CONFIG, ./seaworthy.yaml, /etc/seaworthy/seaworthy.yaml",
  },
  { name: "version", mode: true, describe: "Print the version" },
  { name: "help", mode: true, describe: "Print this help" },
];

/**
 * Where the flags end: at the first word that is none. `docker run IMAGE --upgrade` replaces the image's CMD, so a flag
 * can only stand in first place, and `nginx -g 'daemon off;'` keeps its own.
 */
export function splitArguments(argv: readonly string[]): {
  readonly own: readonly string[];
  readonly command: readonly string[];
} {
  let index = 0;
  for (; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (word === "--") return { own: argv.slice(0, index), command: argv.slice(index + 1) };
    if (!word.startsWith("-")) break;
    if (flags.some(({ name, value }) => value !== undefined && word === `--${name}`)) index++;
  }
  return { own: argv.slice(0, index), command: argv.slice(index) };
}

/**
 * The ways to the app's start, of the probe, and of an upgrade as a deployment starts it, without loading a parser.
 * Anything else: undefined.
 */
export function parseHotCommand(argv: readonly string[]): Command | undefined {
  const { own, command } = splitArguments(argv);
  const [first, second] = own;
  if (own.length === 1 && first === "--upgrade" && command.length === 0)
    return { mode: "upgrade", acceptDrift: [], drainTimeoutSeconds: 0 };
  if (own.length === 0) return { mode: "run", command };
  if (own.length === 1 && first === "--health" && command.length === 0) return { mode: "health" };
  if (own.length === 1 && first === "--exec") return { mode: "exec", command };
  if (own.length === 1 && first === launchFlag) return { mode: "launch", descriptor: Number(command[0]) };
  if (own.length === 2 && first === "--config" && second !== undefined)
    return { mode: "run", command, configPath: second };
  return undefined;
}
