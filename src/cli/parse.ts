import yargs from "yargs";
import { parseDuration } from "../kernel/duration.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { nearest } from "../kernel/nearest.ts";
import {
  flags,
  lintEngines,
  outputFormats,
  splitArguments,
  type Command,
  type Flag,
  type OutputFormat,
} from "./command.ts";

const epilogue = `Exit codes: the command's own, or 128 + n if signal n ended it; 1 a migration or a hook failed, or not compatible;
3 work to do (--plan) or findings (--lint); 64 wrong usage; 69 a dependency cannot be reached; 70 internal error; 75 gave up waiting;
78 wrong configuration; 126 the command cannot be run; 127 it cannot be found; 143 an upgrade was interrupted.`;

/** Parses the command line. Throws a Failure (64). */
export async function parseCommand(argv: readonly string[], version: string): Promise<Command> {
  const { own: given, command } = splitArguments(argv);
  const own = given.map((word) => (word === "-h" ? "--help" : word));
  refuseUnknown(own);
  const parsed: Parsed = await parser()
    .fail((message, error) => {
      throw usage(message ?? error?.message);
    })
    .parseAsync([...own]);

  const mode = modeOf(parsed);
  refuseMisplaced(parsed, mode);
  if (mode !== undefined && mode !== "exec" && mode !== "lint" && command.length > 0) {
    throw usage(`--${mode} takes no command, received ${JSON.stringify(command.join(" "))}`);
  }
  const configPath = textOf(parsed, "config");
  const common = configPath === undefined ? {} : { configPath };
  const json = parsed["json"] === true;
  switch (mode) {
    case "status":
      return { mode, json, fleet: parsed["fleet"] === true, ...common };
    case "check-config":
      return { mode: "check config", json, ...common };
    case "plan":
      return { mode, format: formatOf(parsed), strict: parsed["strict"] === true, ...common };
    case "lint":
      return {
        mode,
        files: filesOf(command, argv),
        format: formatOf(parsed),
        together: parsed["together"] === true,
        ...engineOf(parsed),
        ...common,
      };
    case "wait":
      return { mode, timeoutSeconds: durationOf(parsed, "timeout", 600), ...common };
    case "baseline":
      return { mode, name: textOf(parsed, mode) ?? "", ...common };
    case "upgrade": {
      const acceptDrift = [parsed["accept-drift"] ?? []].flat().map(String);
      return { mode, acceptDrift, drainTimeoutSeconds: durationOf(parsed, "wait-for-drain", 0), ...common };
    }
    case "health":
      return { mode, ...common };
    case "help":
      return { mode: "print", text: await helpText() };
    case "version":
      return { mode: "print", text: version };
    case "exec":
      return { mode, command, ...common };
    case undefined:
    default:
      return { mode: "run", command, ...common };
  }
}

type Parsed = Readonly<Record<string, unknown>>;

function isGiven(parsed: Parsed, { name, value }: Flag): boolean {
  return value === undefined ? parsed[name] === true : parsed[name] !== undefined;
}

function modeOf(parsed: Parsed): string | undefined {
  const modes = flags.filter((flag) => flag.mode && isGiven(parsed, flag)).map(({ name }) => name);
  if (modes.length > 1) throw usage(`${modes.map((name) => `--${name}`).join(" and ")} cannot be used together`);
  return modes[0];
}

function refuseMisplaced(parsed: Parsed, mode: string | undefined): void {
  for (const flag of flags.filter((candidate) => isGiven(parsed, candidate))) {
    const { name, goesWith, repeatable } = flag;
    if (goesWith !== undefined && !goesWith.includes(mode ?? "")) {
      throw usage(`--${name} needs ${goesWith.map((other) => `--${other}`).join(" or ")}`);
    }
    if (Array.isArray(parsed[name]) && !repeatable) throw usage(`--${name} is given more than once`);
  }
}

function textOf(parsed: Parsed, name: string): string | undefined {
  const value = parsed[name];
  if (value === "") throw usage(`--${name} needs a value`);
  return typeof value === "string" ? value : undefined;
}

function formatOf(parsed: Parsed): OutputFormat {
  const json = parsed["json"] === true;
  const text = textOf(parsed, "format");
  if (text === undefined) return json ? "json" : "text";
  const format = outputFormats.find((one) => one === text);
  if (format === undefined)
    throw usage(`--format: expected one of ${outputFormats.join(", ")}, received ${JSON.stringify(text)}`);
  if (json && format !== "json") throw usage(`--json and --format ${format} cannot be used together`);
  return format;
}

function engineOf(parsed: Parsed): { readonly engine?: (typeof lintEngines)[number] } {
  const text = textOf(parsed, "engine");
  if (text === undefined) return {};
  const engine = lintEngines.find((one) => one === (text === "mariadb" ? "mysql" : text));
  if (engine === undefined)
    throw usage(`--engine: expected one of ${lintEngines.join(", ")}, received ${JSON.stringify(text)}`);
  return { engine };
}

/** A flag after the first file would be read as a file. */
function filesOf(words: readonly string[], argv: readonly string[]): readonly string[] {
  const flag = argv.includes("--") ? undefined : words.find((word) => word.startsWith("-"));
  if (flag !== undefined) throw usage(`${flag} comes after a file: write flags first, then the files`);
  const empty = words.find((word) => word === "");
  if (empty !== undefined) throw usage("--lint: expected files or folders, received an empty name");
  return words;
}

function durationOf(parsed: Parsed, name: string, fallback: number): number {
  const text = textOf(parsed, name);
  if (text === undefined) return fallback;
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds / 1000;
  throw usage(`--${name}: expected a duration such as 500ms, 90s, 10m or 1h, received ${JSON.stringify(text)}`);
}

/** The text of --help. */
export function helpText(): Promise<string> {
  return parser().getHelp();
}

function parser() {
  const instance = yargs([])
    .scriptName("seaworthy")
    .usage(
      "Usage: seaworthy [COMMAND …]\n       seaworthy --exec COMMAND …\n       seaworthy --FLAG\n\nAs PID 1, runs COMMAND (or `run:` of the configuration) and serves its health.",
    )
    .help(false)
    .version(false)
    .locale("en")
    .wrap(110)
    .exitProcess(false)
    .parserConfiguration({
      "camel-case-expansion": false,
      "boolean-negation": false,
      "short-option-groups": false,
    })
    .epilogue(epilogue);
  for (const { name, describe, value } of flags) {
    const type = value === undefined ? { boolean: true as const } : { string: true as const, requiresArg: true };
    instance.option(name, { ...type, describe: value === undefined ? describe : `${value}: ${describe}` });
  }
  return instance;
}

function refuseUnknown(own: readonly string[]): void {
  const names = flags.map(({ name }) => `--${name}`);
  for (const [index, word] of own.entries()) {
    if (!word.startsWith("-") || takesValue(own[index - 1])) continue;
    const [name = ""] = word.split("=", 1);
    if (names.includes(name)) continue;
    const meant = nearest(name, names);
    throw usage(`unknown flag ${name}${meant === undefined ? "" : ` (did you mean ${meant}?)`}`);
  }
}

function takesValue(word: string | undefined): boolean {
  return flags.some(({ name, value }) => value !== undefined && word === `--${name}`);
}

function usage(message = "cannot read the command line"): Failure {
  return new Failure(ExitCode.usage, `${message}. Run seaworthy --help.`);
}
