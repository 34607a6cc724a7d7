import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";

export interface ConfigFile {
  readonly path: string;
  readonly text: string;
}

const names = ["seaworthy.yaml", "seaworthy.yml", "seaworthy.json"];

/** The configuration file: the one that was asked for, else the first of the working directory and /etc/seaworthy. */
export function findConfigFile(asked: string | undefined, workingDirectory: string): ConfigFile | undefined {
  if (asked !== undefined) return readConfigFile(asked);
  const candidates = [workingDirectory, "/etc/seaworthy"].flatMap((folder) => names.map((name) => join(folder, name)));
  const path = candidates.find((candidate) => existsSync(candidate));
  return path === undefined ? undefined : readConfigFile(path);
}

function readConfigFile(path: string): ConfigFile {
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    const fix = "Check --config and SEAWORTHY_CONFIG.";
    throw new Failure(
      ExitCode.configuration,
      `cannot read the configuration file ${path}: ${messageOf(error)}. ${fix}`,
      { cause: error },
    );
  }
}

/** The file as plain data. The YAML parser is loaded only for YAML. */
export async function parseConfigFile({ path, text }: ConfigFile): Promise<unknown> {
  if (text.trim() === "") return {};
  if (path.endsWith(".json")) return parseJson(path, text);
  const { load, YAMLException } = await import("js-yaml");
  try {
    return load(text, { filename: path }) ?? {};
  } catch (error) {
    const where =
      error instanceof YAMLException && error.mark ? `:${error.mark.line + 1}:${error.mark.column + 1}` : "";
    const reason = error instanceof YAMLException ? error.reason : messageOf(error);
    throw new Failure(ExitCode.configuration, `${path}${where}: cannot parse YAML: ${reason}`, { cause: error });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(ExitCode.configuration, `${path}: cannot parse JSON: ${messageOf(error)}`, { cause: error });
  }
}
