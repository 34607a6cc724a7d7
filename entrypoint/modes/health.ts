import { defaultListen, parseListen, probeAddress } from "../../src/health/listen.ts";
import { probe } from "../../src/health/probe.ts";
import { ExitCode, Failure } from "../../src/kernel/failure.ts";
import type { Context } from "../context.ts";

/** Below Docker's and the kubelet's own timeouts, so that the answer says what went wrong. */
const timeoutMs = 2500;

/** Asks the supervisor of this container. Never writes to stderr: Amazon ECS counts that as a failure. */
export async function health({ configPath }: { readonly configPath?: string }, context: Context): Promise<number> {
  const listen = await listenSetting(configPath, context).catch((error: unknown) => {
    if (error instanceof Failure) return error;
    throw error;
  });
  if (listen instanceof Failure) return answer(context, false, listen.message);
  if (listen === undefined) return answer(context, false, "health is off: `health: false` in the configuration");
  const { healthy, text } = await probe(probeAddress(parseListen(listen)), timeoutMs);
  return answer(context, healthy, text);
}

function answer(context: Context, healthy: boolean, text: string): number {
  context.print(`${context.redact(text)}\n`);
  return healthy ? ExitCode.ok : ExitCode.failed;
}

/** Undefined where health is off. The configuration is parsed only if it says anything of `listen` or `health`. */
async function listenSetting(configPath: string | undefined, context: Context): Promise<string | undefined> {
  const { findConfigFile } = await import("../../src/config/file.ts");
  const fromEnvironment = context.variables["SEAWORTHY_HEALTH_LISTEN"];
  if (fromEnvironment !== undefined) return fromEnvironment;
  const file = findConfigFile(configPath ?? context.variables["SEAWORTHY_CONFIG"], process.cwd());
  if (file === undefined || !/\bhealth\b/.test(file.text)) return defaultListen;
  const { settings } = await context.loadSettings({ configPath, forUpgrade: false });
  return settings.health === false ? undefined : settings.health.listen;
}
