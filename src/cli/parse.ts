import yargs from "yargs";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { nearest } from "../kernel/nearest.ts";
import { flags, splitArguments, type Command } from "./command.ts";

const epilogue = `Exit codes: the command's own, or 128 + n when signal n ended it; 1 a migration or a hook failed, or not compatible;
64 usage; 69 a dependency cannot be reached; 70 internal error; 75 gave up waiting; 78 configuration;
126 the command cannot be run; 127 it cannot be found; 143 an upgrade was interrupted.`;

/** Reads flags. Throws a Failure (64). */
export async function parseCommand(argv: readonly string[], version: string): Promise<Command> {
  const { own, command } = splitArguments(argv);
  refuseUnknown(own);
  const parsed = await parser()
    .fail((message, error) => {
      throw usage(message ?? error?.message);
    })
    .parseAsync([...own]);

  const configPath = parsed["config"] as string | undefined;
  const common = configPath === undefined ? {} : { configPath };
  const modes = flags.filter(({ name, mode }) => mode && parsed[name] === true).map(({ name }) => `--${name}`);
  if (modes.length > 1) throw usage(`${modes.join(" and ")} exclude each other`);
  const [mode] = modes;
  if (mode !== undefined && command.length > 0)
    throw usage(`${mode} takes no command, received ${JSON.stringify(command.join(" "))}`);
  if (parsed["json"] === true && mode !== "--status") throw usage("--json goes with --status");

  switch (mode) {
    case undefined:
      return { mode: "run", command, ...common };
    case "--status":
      return { mode: "status", json: parsed["json"] === true, ...common };
    case "--help":
      return { mode: "print", text: await helpText() };
    case "--version":
      return { mode: "print", text: version };
    default:
      return { mode: mode === "--upgrade" ? "upgrade" : "health", ...common };
  }
}

/** The text of --help. */
export function helpText(): Promise<string> {
  return parser().getHelp();
}

function parser() {
  const instance = yargs([])
    .scriptName("seaworthy")
    .usage(
      "Usage: seaworthy [COMMAND …]\n       seaworthy --exec COMMAND …\n       seaworthy --FLAG\n\nRuns COMMAND (or `run:` of the configuration) as PID 1 and serves its health.",
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
      "duplicate-arguments-array": false,
    })
    .epilogue(epilogue);
  for (const { name, describe, value } of flags) {
    const type = value === undefined ? { boolean: true as const } : { string: true as const, requiresArg: true };
    instance.option(name, { ...type, describe });
  }
  return instance;
}

function refuseUnknown(own: readonly string[]): void {
  const names = flags.map(({ name }) => `--${name}`);
  for (const [index, word] of own.entries()) {
    if (!word.startsWith("-") || own[index - 1] === "--config") continue;
    const [name = ""] = word.split("=", 1);
    if (names.includes(name)) continue;
    const meant = nearest(name, names);
    throw usage(`unknown flag ${name}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  }
}

function usage(message = "cannot read the command line"): Failure {
  return new Failure(ExitCode.usage, `${message}. Run seaworthy --help.`);
}
