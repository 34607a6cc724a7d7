import { execute } from "../../src/platform/processes/execute.ts";
import { appEnvironment, commandOf } from "../app.ts";
import type { Context } from "../context.ts";
import { findInheritance } from "../../src/platform/inheritance/inheritance.ts";

interface ExecCommand {
  readonly command: readonly string[];
  readonly configPath?: string;
}

/** Turns this process into the command. Returns only by throwing. */
export async function exec(asked: ExecCommand, context: Context): Promise<never> {
  const inheritance = findInheritance(context);
  const loaded = await context.loadSettings({ configPath: asked.configPath, forUpgrade: false });
  const command = commandOf(asked.command, loaded);
  return execute({ command, environment: appEnvironment(loaded, context), workingDirectory: ".", ...inheritance });
}
