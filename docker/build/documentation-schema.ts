import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { settingsShape } from "../../src/config/settings.ts";
import { root } from "./paths.ts";

export const schemaName = "seaworthy.schema.json";
export const schemaFile = join(root, "dist", schemaName);

/** The JSON Schema of the configuration file, for editors. It has no `$id`: it is read from where it lies. */
export function schemaText(): string {
  const dialect = "https://json-schema.org/draft/2020-12/schema";
  return `${JSON.stringify({ $schema: dialect, title: "seaworthy.yaml", ...settingsShape.schema }, null, 2)}\n`;
}

/**
 * Writes the JSON Schema. A file that is right stays as it is, so that nothing that is made of it is made again.
 * @returns its path
 */
export async function buildSchema({ outFile = schemaFile } = {}): Promise<string> {
  if ((await readFile(outFile, "utf8").catch(() => "")) === schemaText()) return outFile;
  await mkdir(dirname(outFile), { recursive: true });
  const staging = `${outFile}.new-${process.pid}`;
  await writeFile(staging, schemaText());
  await rename(staging, outFile);
  return outFile;
}
