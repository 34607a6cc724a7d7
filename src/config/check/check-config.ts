import { join } from "node:path";
import { parseConfigFile, readConfigFile } from "../config-file.ts";
import { readManifest, readSettings, type LoadOptions, type Loaded } from "../load.ts";
import { describeSettings, type SettingInForce } from "./describe-settings.ts";
import { placesIn } from "./places.ts";

/** The result of a check of the configuration. */
export interface ConfigCheck {
  readonly loaded: Loaded | undefined;
  /** What is wrong in every mode, or with `--upgrade`. Each is one line. */
  readonly problems: readonly string[];
  /** What only `--upgrade` still needs: variables of `upgrade:` that are not set here. */
  readonly notes: readonly string[];
}

/** Reads the configuration as run mode does, and as an upgrade does. Throws a Failure (78) for an unreadable file. */
export async function checkConfig(options: Omit<LoadOptions, "forUpgrade">): Promise<ConfigCheck> {
  const { loaded, problems } = await readSettings({ ...options, forUpgrade: false });
  const { problems: ofUpgrade } = await readSettings({ ...options, forUpgrade: true });
  const found = problems.map(({ line }) => line);
  const onlyUpgrade = ofUpgrade.filter(({ line }) => !found.includes(line));
  const notes = onlyUpgrade.filter(({ isUnset }) => isUnset).map(({ line }) => line);
  const wrong = onlyUpgrade.filter(({ isUnset }) => !isUnset).map(({ line }) => line);
  return { loaded, problems: [...found, ...wrong], notes };
}

/** Every setting in force, and the place that set it. */
export async function settingsInForce(
  loaded: Loaded,
  { workingDirectory, redact }: InForceOptions,
): Promise<readonly SettingInForce[]> {
  const file = loaded.path === undefined ? undefined : readConfigFile(loaded.path);
  return describeSettings({
    loaded,
    raw: file && (await parseConfigFile(file)),
    places: file === undefined ? new Map() : placesIn(file.text),
    manifest: readManifest(join(workingDirectory, "package.json")),
    redact,
  });
}

interface InForceOptions {
  readonly workingDirectory: string;
  readonly redact: (text: string) => string;
}
