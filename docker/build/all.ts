import { copyFile, readdir, stat, utimes } from "node:fs/promises";
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
import { bundleFile, licencesName, laterName, parserName, programDirectory, programName, root } from "./paths.ts";

const sources = ["entrypoint", "src", "docker/build", "package.json", "package-lock.json"];

type Step = Readonly<{
  /** The file or folder whose name and size are printed. */
  result: string;
  inputs: readonly string[];
  /** The step runs unless every output is newer than every input. */
  outputs: readonly string[];
  build: () => Promise<unknown>;
}>;

const steps: readonly Step[] = [
  {
    result: bundleFile,
    inputs: sources.map((path) => join(root, path)),
    outputs: [bundleFile, ...[licencesName, laterName, parserName].map((name) => join(root, "dist", name))],
    build: buildBundle,
  },
  {
    result: schemaFile,
    inputs: sources.map((path) => join(root, path)),
    outputs: [schemaFile],
    build: buildSchema,
  },
  {
    result: healthSchemaFile,
    inputs: sources.map((path) => join(root, path)),
    outputs: [healthSchemaFile],
    build: () => buildSchema({ outFile: healthSchemaFile, text: healthSchemaText() }),
  },
  {
    result: programDirectory,
    inputs: [bundleFile, schemaFile, healthSchemaFile, ...sources.slice(2).map((path) => join(root, path))],
    outputs: [programName, schemaName, healthSchemaName].map((name) => join(programDirectory, name)),
    async build() {
      await buildExecutable();
      await copyFile(schemaFile, join(programDirectory, schemaName));
      await copyFile(healthSchemaFile, join(programDirectory, healthSchemaName));
    },
  },
];

/** Rebuilds each result that is older than its inputs, and prints a line per step. */
export async function buildAll(): Promise<void> {
  for (const { result, inputs, outputs, build } of steps) {
    const start = performance.now();
    const startedAt = new Date();
    // A missing output counts as too old, a missing input as too new: the build runs and reports the missing file.
    const oldestOutput = Math.min(...(await timesOf(outputs, Number.NEGATIVE_INFINITY)));
    const upToDate = oldestOutput > Math.max(...(await timesOf(inputs, Number.POSITIVE_INFINITY)));
    if (!upToDate) {
      await build();
      // Outputs get the start time. A source that was edited during the build is then newer, and the next build sees it.
      await Promise.all(outputs.map((output) => utimes(output, startedAt, startedAt)));
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const bytes = await sizeOf(result);
    const size = bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
    console.log(`${relative(root, result)}  ${size}  ${upToDate ? "up to date" : `${seconds} s`}`);
  }
}

/** When each path was last changed. A folder's own time is included: it changes when a file is removed. */
async function timesOf(paths: readonly string[], whenMissing: number): Promise<number[]> {
  const times = await Promise.all(
    paths.map(async (path) => {
      const stats = await stat(path).catch(() => undefined);
      if (!stats) return [whenMissing];
      if (!stats.isDirectory()) return [stats.mtimeMs];
      const inside = (await readdir(path)).map((name) => join(path, name));
      return [stats.mtimeMs, ...(await timesOf(inside, whenMissing))];
    }),
  );
  return times.flat();
}

async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path);
  if (!stats.isDirectory()) return stats.size;
  const sizes = await Promise.all((await readdir(path)).map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

if (import.meta.main) await buildAll();
