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
  process.on("uncaughtException", (error) => process.exit(reportFailure(error, context.log)));

  try {
    const command = parseHotCommand(argv) ?? (await parseFlags(argv));
    process.exit(await runMode(command, context));
  } catch (error) {
    process.exit(reportFailure(error, context.log));
  }
}

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
