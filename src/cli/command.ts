import { launchFlag, serveSqliteFlag } from "../kernel/launch-flag.ts";

/** A parsed command line. */
export type Command = { readonly configPath?: string } & (
  | { readonly mode: "run"; readonly command: readonly string[] }
  | { readonly mode: "exec"; readonly command: readonly string[] }
  /** Internal: seaworthy started itself to become an app (platform/processes/launch.ts). */
  | { readonly mode: "launch"; readonly descriptor: number }
  /** Internal: seaworthy started itself to write to a SQLite database (platform/drivers/sqlite/process.ts). */
  | { readonly mode: "serve sqlite" }
  | { readonly mode: "upgrade"; readonly acceptDrift: readonly string[]; readonly drainTimeoutSeconds: number }
  | { readonly mode: "baseline"; readonly name: string }
  | { readonly mode: "plan"; readonly format: OutputFormat; readonly strict: boolean }
  | {
      readonly mode: "lint";
      readonly files: readonly string[];
      readonly format: OutputFormat;
      readonly together: boolean;
      /** Of files for which the configuration does not tell it. */
      readonly engine?: LintEngine;
    }
  | { readonly mode: "check config"; readonly json: boolean }
  | { readonly mode: "status"; readonly json: boolean; readonly fleet: boolean }
  | { readonly mode: "wait"; readonly timeoutSeconds: number }
  | { readonly mode: "health" }
  | { readonly mode: "print"; readonly text: string }
);

/** The values of `--format`. */
export const outputFormats = ["text", "json", "github", "sarif", "markdown"] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** The values of `--engine`. */
export const lintEngines = ["postgres", "mysql", "sqlite"] as const;
export type LintEngine = (typeof lintEngines)[number];

export interface Flag {
  readonly name: string;
  readonly describe: string;
  /** The placeholder for its value in the help. Undefined if it takes no value. */
  readonly value?: string;
  /** The flag selects a mode. Without such a flag, seaworthy runs the command. */
  readonly mode?: true;
  /** The modes that allow it. Undefined for all. */
  readonly goesWith?: readonly string[];
  /** The flag can be repeated. */
  readonly repeatable?: true;
}

/** Every flag. The parser, the help and the manual's table are made from this list. */
export const flags: readonly Flag[] = [
  { name: "upgrade", mode: true, describe: "Run hooks and migrations, record the release, and exit" },
  {
    name: "accept-drift",
    value: "NAME",
    goesWith: ["upgrade"],
    repeatable: true,
    describe:
      "Accept that the file of a started or applied migration was changed, renamed or removed, and record its current state",
  },
  {
    name: "wait-for-drain",
    value: "DURATION",
    goesWith: ["upgrade"],
    describe: "Wait up to this long for older instances to end. After that, leave contract migrations for later",
  },
  {
    name: "plan",
    mode: true,
    describe: "Show what --upgrade would do, without changing anything. Exit 0: nothing to do, 3: work to do",
  },
  {
    name: "strict",
    goesWith: ["plan"],
    describe: "For CI: exit 3 if the linter has findings in pending migrations, otherwise 0",
  },
  {
    name: "lint",
    mode: true,
    describe:
      "Lint migrations without a database: FILE …, files or folders, or else the configured folders. Exit 0: no findings, 3: findings",
  },
  {
    name: "together",
    goesWith: ["lint"],
    describe:
      "The files are one upgrade: what one of them creates is not yet in use. Otherwise each counts as deployed before the next",
  },
  {
    name: "engine",
    value: "ENGINE",
    goesWith: ["lint"],
    describe:
      "postgres, mysql (MariaDB too) or sqlite: the database of files for which the configuration does not tell it. Default: postgres",
  },
  {
    name: "format",
    value: "FORMAT",
    goesWith: ["lint", "plan"],
    describe: "text, json, github (annotations), sarif (code scanning) or markdown (a comment). Default: text",
  },
  {
    name: "baseline",
    value: "NAME",
    mode: true,
    describe: "Record all migrations up to this one as applied, without running them",
  },
  { name: "status", mode: true, describe: "Look once at every dependency. Exit 0: all are compatible, 1: not all" },
  {
    name: "fleet",
    goesWith: ["status"],
    describe: "Also list the live instances of the app: which versions, how many, since when, and where",
  },
  {
    name: "check-config",
    mode: true,
    describe:
      "Read the configuration, and show each setting in force and where it comes from. No database, no network. Exit 0, or 78 with every fault",
  },
  { name: "json", goesWith: ["status", "plan", "lint", "check-config"], describe: "Write JSON" },
  { name: "wait", mode: true, describe: "Wait until every dependency is compatible. Exit 0, or 75 at the timeout" },
  {
    name: "timeout",
    value: "DURATION",
    goesWith: ["wait"],
    describe: "How long to wait, such as 90s, 10m or 1h. Default: 10m",
  },
  { name: "health", mode: true, describe: "For HEALTHCHECK: ask the running seaworthy for its health. Exit 0 or 1" },
  { name: "exec", mode: true, describe: "Replace seaworthy with COMMAND: no supervisor, no health check" },
  {
    name: "config",
    value: "FILE",
    describe: "Configuration file. Default: $SEAWORTHY_CONFIG, ./seaworthy.yaml, /etc/seaworthy/seaworthy.yaml",
  },
  { name: "version", mode: true, describe: "Print the version" },
  { name: "help", mode: true, describe: "Print this help, as -h does" },
];

/**
 * Splits the command line at the first word that is not a flag. seaworthy's flags come first: `docker run IMAGE --upgrade`
 * replaces the image's CMD. `nginx -g 'daemon off;'` keeps its own flags.
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
 * Parses the usual ways to start an app, a probe or an upgrade without loading the parser. Returns undefined for any other
 * command line.
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
  if (own.length === 1 && first === serveSqliteFlag && command.length === 0) return { mode: "serve sqlite" };
  if (own.length === 2 && first === "--config" && second !== undefined)
    return { mode: "run", command, configPath: second };
  return undefined;
}
