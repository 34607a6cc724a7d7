import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadSettings, type Loaded } from "../../src/config/load.ts";
import { scratchPath } from "../harness/scratch.ts";

export interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly configPath?: string;
  readonly forUpgrade?: boolean;
  readonly onSecret?: (secret: string) => void;
}

export async function load(given: Given): Promise<Loaded> {
  return (await loadIn(given)).loaded;
}

export async function loadIn({
  files = {},
  variables = {},
  configPath,
  forUpgrade = false,
  onSecret = () => {},
}: Given): Promise<{ readonly loaded: Loaded; readonly workingDirectory: string }> {
  const workingDirectory = scratchPath("app");
  mkdirSync(workingDirectory);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workingDirectory, name)), { recursive: true });
    writeFileSync(join(workingDirectory, name), content);
  }
  const path = configPath === undefined ? undefined : join(workingDirectory, configPath);
  const options = { configPath: path, variables, workingDirectory, forUpgrade, onSecret };
  return { loaded: await loadSettings(options), workingDirectory };
}
