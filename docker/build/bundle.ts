import { chmod, copyFile, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { transform, type Metafile } from "esbuild";
import { loadChunk } from "./chunk-loader.ts";
import { makeChunks, oldestReader, readPackage, type Chunk, type Chunks } from "./chunks.ts";
import { collectLicences } from "./licences.ts";
import { parserLicences } from "./parser-licences.ts";
import { bundleFile, entryFile, laterName, licencesName, parserName, root } from "./paths.ts";
import { refuseOldNode } from "./refuse-old-node.ts";

/**
 * Writes three files: the bundle (CommonJS), a second file with chunks that are loaded later, and the licences of all
 * packages inside. Every container start and every probe reads the bundle, so it holds only the code that they need.
 * From the second file, only the chunks that an `import()` asks for are read.
 * @returns the bundle's path
 */
export async function buildBundle({ entry = entryFile, outFile = bundleFile } = {}): Promise<string> {
  const folder = dirname(outFile);
  const chunks = await makeChunks(entry);
  await mkdir(folder, { recursive: true });
  const hasParser = await copyParser(chunks.metafile, folder);
  const licences = await collectLicences(chunks.metafile);
  await writeFile(join(folder, licencesName), hasParser ? `${licences}\n${parserLicences}` : licences);
  const { text, later } = layOut(chunks.later);
  await replaceFile(join(folder, laterName), text, 0o644);
  await replaceFile(outFile, await hotText(chunks, later), 0o755);
  return outFile;
}

/** Puts each chunk after its name. The loader checks the name: it shows that the offsets belong to this file. */
function layOut(chunks: readonly Chunk[]): { text: string; later: Record<string, readonly [number, number]> } {
  let text = "";
  const later: Record<string, readonly [number, number]> = {};
  for (const { name, code } of chunks.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const entry = `//${name}\n${code}`;
    later[name] = [text.length, entry.length];
    text += entry;
  }
  return { text, later };
}

/** The chunks in such a file, with offset and size in bytes. */
export function chunksIn(
  text: string,
): readonly { readonly name: string; readonly offset: number; readonly size: number }[] {
  const starts = [...text.matchAll(/^\/\/([\w-]+\.js)\n/gm)];
  return starts.map(({ 1: name = "", index: offset }, place) => ({
    name,
    offset,
    size: (starts[place + 1]?.index ?? text.length) - offset,
  }));
}

/** The first line has no flags for node. They would need `env -S`, which BusyBox (Alpine) lacks. */
async function hotText({ main, hot }: Chunks, later: object): Promise<string> {
  const functions = hot.map(({ name, code }) => `${JSON.stringify(name)}(exports,require,module){${code}}`);
  const asText = async (value: typeof loadChunk | typeof refuseOldNode) => {
    const { code } = await transform(`(${value.toString()})`, { minifyWhitespace: true, target: oldestReader });
    return code.trim().replace(/;$/, "");
  };
  const guard = `${await asText(refuseOldNode)}(${JSON.stringify(await neededNode())},process,require)`;
  const table = `{main:${JSON.stringify(main)},laterName:${JSON.stringify(laterName)},later:${JSON.stringify(later)},hot:{${functions.join(",\n")}}}`;
  const load = `${await asText(loadChunk)}(${table},require,__filename,__dirname,module.codeOf)`;
  return `#!/usr/bin/env node\n"use strict";${guard};${load};\n`;
}

/** The version in package.json's `engines.node`, such as `26.9` for `>=26.9`. */
async function neededNode(): Promise<string> {
  const { engines } = await readPackage();
  const [, needed] = /^>=(\d+\.\d+)$/.exec(engines.node) ?? [];
  if (needed === undefined)
    throw new Error(`package.json: engines.node must have the form ">=MAJOR.MINOR", received: ${engines.node}`);
  return needed;
}

/** Renames the file into place. An interrupted build must not leave half a program. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const staging = `${path}.new-${process.pid}`;
  await writeFile(staging, text);
  await chmod(staging, mode);
  await rename(staging, path);
}

/** @returns whether the bundle uses the SQL parser */
async function copyParser({ inputs }: Metafile, folder: string): Promise<boolean> {
  const loader = Object.keys(inputs).find((file) => file.endsWith("node_modules/libpg-query/wasm/libpg-query.js"));
  if (loader === undefined) return false;
  const copy = join(folder, parserName);
  await copyFile(join(root, dirname(loader), parserName), copy);
  await chmod(copy, 0o644);
  return true;
}

if (import.meta.main) console.log(relative(process.cwd(), await buildBundle()));
