import { existsSync } from "node:fs";
import { defaultListen, parseListen, probeAddress } from "../../src/health/listen.ts";
import { probe } from "../../src/health/probe.ts";
import { ExitCode, Failure, messageOf } from "../../src/kernel/failure.ts";
import type { Context } from "../context.ts";

/** Shorter than Docker's and the kubelet's timeouts, so the answer can give the cause. */
const timeoutMs = 2500;

/** Asks the supervisor of this container. Never writes to stderr: Amazon ECS counts that as a failure. */
export async function health({ configPath }: { readonly configPath?: string }, context: Context): Promise<number> {
  try {
    const listen = await listenSetting(configPath, context);
    if (listen === undefined) return answer(context, false, "health is off: `health: false` in the configuration");
    const address = probeAddress(parseListen(listen));
    if ("port" in address && !(address.port > 0 && address.port <= 65_535)) {
      return answer(context, false, `cannot ask for health at ${listen}: set health.listen to host:port, a fixed one`);
    }
    const { healthy, text } = await probe(address, timeoutMs);
    return answer(context, healthy, text);
  } catch (error) {
    return answer(context, false, `${error instanceof Failure ? "" : "internal error: "}${messageOf(error)}`);
  }
}

function answer(context: Context, healthy: boolean, text: string): number {
  context.print(`${context.redact(text)}\n`);
  return healthy ? ExitCode.ok : ExitCode.failed;
}

/** Undefined if health is off. Parses the configuration only if it may set `listen` or `health`. */
async function listenSetting(configPath: string | undefined, context: Context): Promise<string | undefined> {
  const { variables, addSecret, workingDirectory } = context;
  const fromEnvironment = variables["SEAWORTHY_HEALTH_LISTEN"];
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (variables["SEAWORTHY_HEALTH_LISTEN_FILE"] === undefined && !existsSync(".env")) {
    const { findConfigFile } = await import("../../src/config/config-file.ts");
    const file = findConfigFile(configPath ?? (variables["SEAWORTHY_CONFIG"] || undefined), workingDirectory);
    if (file === undefined || !/\bhealth\b/.test(file.text)) return defaultListen;
  }
  const { loadSettings } = await import("../../src/config/load.ts");
  const options = { configPath, variables, workingDirectory, forUpgrade: false, onSecret: addSecret };
  const { settings } = await loadSettings(options);
  return settings.health === false ? undefined : settings.health.listen;
}
