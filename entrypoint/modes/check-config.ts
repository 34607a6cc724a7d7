import { checkConfig, settingsInForce, type ConfigCheck } from "../../src/config/check/check-config.ts";
import { formatSettings } from "../../src/config/check/settings-text.ts";
import type { Loaded } from "../../src/config/load.ts";
import { ExitCode, Failure, isFailure } from "../../src/kernel/failure.ts";
import type { Context } from "../context.ts";
import { prepareDependencies } from "../prepare-dependencies.ts";
import { refuseUnupgradable } from "../upgrade-scope.ts";

interface CheckConfigCommand {
  readonly json: boolean;
  readonly configPath?: string;
}

/** Shows the settings in force. Throws a Failure (78) with every fault; with `json`, writes them to stdout as well. */
export async function checkConfiguration({ json, configPath }: CheckConfigCommand, context: Context): Promise<number> {
  const { loaded, problems, notes } = await readOrProblems(configPath, context);
  const wrong = [...problems, ...(loaded === undefined ? [] : await problemsOfFiles(loaded, context))];
  const [first, ...details] = wrong.map(context.redact);
  if (first !== undefined || loaded === undefined) {
    if (json) print(context, { valid: false, file: loaded?.path ?? null, problems: [first, ...details] });
    throw new Failure(ExitCode.configuration, first ?? "cannot read the configuration", { details });
  }
  const settings = await settingsInForce(loaded, context);
  const gap = await loaded.describeGap();
  const warnings = [...loaded.warnings, ...(gap === undefined ? [] : [gap])].map(context.redact);
  const report = { valid: true, file: loaded.path ?? null, settings, warnings, notes: notes.map(context.redact) };
  if (json) print(context, report);
  else context.print(formatSettings(report));
  return ExitCode.ok;
}

function print(context: Context, report: object): void {
  context.print(`${JSON.stringify(report, null, 2)}\n`);
}

async function readOrProblems(configPath: string | undefined, context: Context): Promise<ConfigCheck> {
  const { variables, workingDirectory, addSecret } = context;
  try {
    return await checkConfig({ configPath, variables, workingDirectory, onSecret: addSecret });
  } catch (error) {
    return { loaded: undefined, problems: linesOf(error), notes: [] };
  }
}

/** The settings of each kind, the files that they name, and the databases of an upgrade. Nothing is connected to. */
async function problemsOfFiles(loaded: Loaded, context: Context): Promise<readonly string[]> {
  try {
    const prepared = await prepareDependencies(loaded, context);
    await refuseUnupgradable(loaded, prepared);
    return [];
  } catch (error) {
    return linesOf(error);
  }
}

function linesOf(error: unknown): readonly string[] {
  if (!isFailure(error) || error.exitCode !== ExitCode.configuration) throw error;
  return [error.message, ...error.details];
}
