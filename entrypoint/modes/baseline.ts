import { ExitCode } from "../../src/kernel/failure.ts";
import { baseline } from "../../src/upgrade/baseline.ts";
import type { Context } from "../context.ts";
import { interruptOnSignals, whileUninterrupted } from "../interruption.ts";
import { loadScope, upgradeContext } from "../upgrade-scope.ts";

interface BaselineCommand {
  readonly name: string;
  readonly configPath?: string;
}

/** Adopts an existing database. */
export async function runBaseline({ name, configPath }: BaselineCommand, context: Context): Promise<number> {
  const signal = interruptOnSignals();
  const { settings, scope, connections } = await loadScope(configPath, context);
  const { lockTimeoutSeconds } = settings.upgrade;
  return whileUninterrupted(signal, async () => {
    await baseline({ scope, connections, lockTimeoutSeconds, name }, upgradeContext(settings, context, signal));
    return ExitCode.ok;
  });
}
