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
 * Bundles the program into a CommonJS file, what it loads later into a second one beside it, and the licences of what
 * went in. The first is read at every container start and every probe: it holds what these need. Of the second only the
 * chunks are read that an `import()` asks for.
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

/** Each chunk after its name, which shows that a file is the one that the offsets are for. */
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

/** The chunks of such a text, and where each stands in it, in bytes. */
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

/** No flags for node in the first line: `env -S`, which they would need, is missing from BusyBox, that is, from Alpine. */
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

/** As package.json says it: `>=26.9`. */
async function neededNode(): Promise<string> {
  const { engines } = await readPackage();
  const [, needed] = /^>=(\d+\.\d+)$/.exec(engines.node) ?? [];
  if (needed === undefined) throw new Error(`package.json: engines.node is no ">=MAJOR.MINOR": ${engines.node}`);
  return needed;
}

/** Renamed into place, so that a build that is interrupted leaves no half of a program that looks up to date. */
async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const staging = `${path}.new-${process.pid}`;
  await writeFile(staging, text);
  await chmod(staging, mode);
  await rename(staging, path);
}

/** @returns whether the bundle asks for it */
async function copyParser({ inputs }: Metafile, folder: string): Promise<boolean> {
  const loader = Object.keys(inputs).find((file) => file.endsWith("node_modules/libpg-query/wasm/libpg-query.js"));
  if (loader === undefined) return false;
  const copy = join(folder, parserName);
  await copyFile(join(root, dirname(loader), parserName), copy);
  await chmod(copy, 0o644);
  return true;
}

if (import.meta.main) console.log(relative(process.cwd(), await buildBundle()));
