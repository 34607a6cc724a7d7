import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { settingsShape } from "../../src/config/settings.ts";
import { bodySchema } from "../../src/health/body-schema.ts";
import { root } from "./paths.ts";

export const schemaName = "seaworthy.schema.json";
export const schemaFile = join(root, "dist", schemaName);

export const healthSchemaName = "seaworthy-health.schema.json";
export const healthSchemaFile = join(root, "dist", healthSchemaName);

/** The JSON Schema of the configuration file, for editors. It has no `$id`: editors read it from its file. */
export function schemaText(): string {
  return textOf({ title: "seaworthy.yaml", ...settingsShape.schema });
}

/** The JSON Schema of the health endpoint's answers. */
export function healthSchemaText(): string {
  return textOf(bodySchema);
}

function textOf(schema: object): string {
  const dialect = "https://json-schema.org/draft/2020-12/schema";
  return `${JSON.stringify({ $schema: dialect, ...schema }, null, 2)}\n`;
}

/**
 * Writes a JSON Schema. Leaves an up-to-date file alone.
 * @returns its path
 */
export async function buildSchema({ outFile = schemaFile, text = schemaText() } = {}): Promise<string> {
  if ((await readFile(outFile, "utf8").catch(() => "")) === text) return outFile;
  await mkdir(dirname(outFile), { recursive: true });
  const staging = `${outFile}.new-${process.pid}`;
  await writeFile(staging, text);
  await rename(staging, outFile);
  return outFile;
}
