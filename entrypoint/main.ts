import { parseHotCommand, type Command } from "../src/cli/command.ts";
import { ExitCode } from "../src/kernel/failure.ts";
import { exactArguments, exactVariables } from "../src/platform/inheritance/started-with.ts";
import { createContext, type Context } from "./context.ts";
import { reportFailure } from "../src/kernel/report-failure.ts";
import { version } from "./version.ts";

/**
 * The container's PID 1. Each mode loads its own code: run mode starts the app before it reads anything else from disk, and
 * --health runs every few seconds.
 */
async function main(argv: readonly string[]): Promise<never> {
  const context = createContext(exactVariables(process.env));
  // Node would print its warnings (node:ffi is experimental) into the app's log.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => context.log.debug(warning.message));
  /** Whether code of the user's runs in this process. */
  let runsModules = false;
  const end = (code: number): never => {
    runsModules = false;
    process.exit(code);
  };
  process.on("uncaughtException", (error) => end(reportFailure(error, context.log)));
  // Otherwise a migration that calls process.exit() would make an unfinished upgrade a success.
  process.on("exit", (code) => {
    if (!runsModules || code !== ExitCode.ok) return;
    context.log.error(`${argv[0] ?? "seaworthy"} was ended before it was done: ${endedEarly}`);
    process.exitCode = ExitCode.failed;
  });

  try {
    const command = parseHotCommand(argv) ?? (await parseFlags(argv));
    runsModules = command.mode === "upgrade" || command.mode === "plan" || command.mode === "baseline";
    end(await runMode(command, context));
  } catch (error) {
    end(reportFailure(error, context.log));
  }
  throw new Error("unreachable: the process has ended");
}

const endedEarly =
  "a migration, or a package that it loads, called process.exit(). Remove the call; to fail, throw an error. Then run it again.";

async function parseFlags(argv: readonly string[]): Promise<Command> {
  const { parseCommand } = await import("../src/cli/parse.ts");
  return parseCommand(argv, version);
}

async function runMode(command: Command, context: Context): Promise<number> {
  switch (command.mode) {
    case "run":
      return (await import("./modes/run.ts")).run(command, context);
    case "health":
      return (await import("./modes/health.ts")).health(command, context);
    case "status":
      return (await import("./modes/status.ts")).status(command, context);
    case "upgrade":
      return (await import("./modes/upgrade.ts")).runUpgrade(command, context);
    case "plan":
      return (await import("./modes/plan.ts")).plan(command, context);
    case "lint":
      return (await import("./modes/lint.ts")).lint(command, context);
    case "check config":
      return (await import("./modes/check-config.ts")).checkConfiguration(command, context);
    case "baseline":
      return (await import("./modes/baseline.ts")).runBaseline(command, context);
    case "wait":
      return (await import("./modes/wait.ts")).wait(command, context);
    case "exec":
      return (await import("./modes/exec.ts")).exec(command, context);
    case "launch":
      return (await import("./modes/launch.ts")).launch(command);
    case "serve sqlite":
      return (await import("./modes/serve-sqlite.ts")).serveRequests();
    case "print":
      context.print(`${command.text}\n`);
      return ExitCode.ok;
  }
}

void main(exactArguments(process.argv.slice(2)));
