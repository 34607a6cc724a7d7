import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadSettings, type Loaded } from "../../src/config/load.ts";
import { scratchPath } from "../harness/scratch.ts";

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly configPath?: string;
  readonly forUpgrade?: boolean;
}

export function load({ files = {}, variables = {}, configPath, forUpgrade = false }: Given): Promise<Loaded> {
  const workingDirectory = scratchPath("app");
  mkdirSync(workingDirectory);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workingDirectory, name)), { recursive: true });
    writeFileSync(join(workingDirectory, name), content);
  }
  const path = configPath === undefined ? undefined : join(workingDirectory, configPath);
  return loadSettings({ configPath: path, variables, workingDirectory, forUpgrade, onSecret: () => {} });
}
