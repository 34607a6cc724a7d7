import { execute } from "../../src/platform/execute.ts";
import { becomeForeground, restoreSignals } from "../../src/platform/terminal.ts";
import { appEnvironment, commandOf } from "../app.ts";
import type { Context } from "../context.ts";

type ExecCommand =
  | { readonly mode: "exec"; readonly command: readonly string[]; readonly configPath?: string }
  | { readonly mode: "foreground"; readonly command: readonly string[] };

/** Turns this process into the command. Returns only by throwing. */
export async function exec(asked: ExecCommand, context: Context): Promise<never> {
  if (asked.mode === "foreground") {
    // Run mode has read the configuration and chosen the environment.
    becomeForeground();
    return execute(asked.command, context.variables);
  }
  const loaded = await context.loadSettings({ configPath: asked.configPath, forUpgrade: false });
  restoreSignals();
  return execute(commandOf(asked.command, loaded), appEnvironment(loaded, context));
}
