import { chmod, copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import type { Metafile, Plugin } from "esbuild";
import { collectLicences } from "./licences.ts";
import { parserLicences } from "./parser-licences.ts";
import { bundleFile, entryFile, licencesName, parserName, root } from "./paths.ts";

/**
 * Umzug's own command line is never run, but umzug loads it at once: 600 kB and 30 ms, for five packages of
 * argument parsing. The class that stays behind is only touched by `Umzug.runAsCLI`.
 */
const withoutUmzugCommandLine: Plugin = {
  name: "without umzug's command line",
  setup({ onLoad }) {
    onLoad({ filter: /\/umzug\/lib\/cli\.js$/ }, () => ({ contents: "", loader: "js" }));
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
    plugins: [withoutUmzugCommandLine],
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
  if (loader !== undefined) await copyFile(join(root, dirname(loader), parserName), join(folder, parserName));
  return loader !== undefined;
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
