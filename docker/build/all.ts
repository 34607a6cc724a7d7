import { copyFile, readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { buildBundle } from "./bundle.ts";
import {
  buildSchema,
  healthSchemaFile,
  healthSchemaName,
  healthSchemaText,
  schemaFile,
  schemaName,
} from "./documentation-schema.ts";
import { buildExecutable } from "./executable.ts";
import { bundleFile, programDirectory, root } from "./paths.ts";

/** The build's results in order, each with the function that builds it. */
const steps: readonly (readonly [result: string, build: () => Promise<unknown>])[] = [
  [bundleFile, buildBundle],
  [schemaFile, buildSchema],
  [healthSchemaFile, () => buildSchema({ outFile: healthSchemaFile, text: healthSchemaText() })],
  [programDirectory, buildProgram],
];

async function buildProgram(): Promise<void> {
  await buildExecutable();
  await copyFile(schemaFile, join(programDirectory, schemaName));
  await copyFile(healthSchemaFile, join(programDirectory, healthSchemaName));
}

/** Builds everything, and prints a line per result. */
export async function buildAll(): Promise<void> {
  for (const [result, build] of steps) {
    const start = performance.now();
    await build();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const bytes = await sizeOf(result);
    const size = bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
    console.log(`${relative(root, result)}  ${size}  ${seconds} s`);
  }
}

async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path);
  if (!stats.isDirectory()) return stats.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

if (import.meta.main) await buildAll();
