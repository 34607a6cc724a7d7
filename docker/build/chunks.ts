import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { build, transform } from "esbuild";
import type { BuildOptions, Metafile, Plugin } from "esbuild";
import { root } from "./paths.ts";

/** A part of the program that is loaded at once: the target of an `import()`, or code that several targets share. */
export interface Chunk {
  readonly name: string;
  /** The body of a CommonJS module, in ASCII. */
  readonly code: string;
  /** Its source files, relative to the checkout. */
  readonly inputs: readonly string[];
}

export interface Chunks {
  readonly main: string;
  /** Needed to start the app, or by --health. */
  readonly hot: readonly Chunk[];
  readonly later: readonly Chunk[];
  readonly metafile: Metafile;
}

/** Loaded before the app starts, and for a probe, together with their static imports. */
const hotEntries = [
  "entrypoint/modes/run.ts",
  "entrypoint/modes/health.ts",
  "src/config/load.ts",
  "src/config/yaml.ts",
];

/** Code that dependencies load eagerly and that this program never uses (docs/decisions.md). */
const unused: readonly { readonly filter: RegExp; readonly contents: string }[] = [
  // 600 kB and 30 ms for `Umzug.runAsCLI`.
  { filter: /\/umzug\/lib\/cli\.js$/, contents: "" },
  // yargs measures its help text with it. Our help has only narrow characters. Saves 25 ms for two regular expressions.
  { filter: /\/string-width\/index\.js$/, contents: "export default (text) => text.length;" },
  // Tables for every legacy encoding. Our sessions use utf8mb4, and Node can decode all other encodings that a server
  // may send. Only two have names that Node does not know.
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
  name: "without unused code",
  setup({ onLoad }) {
    for (const { filter, contents } of unused) onLoad({ filter }, () => ({ contents, loader: "js" }));
  },
};

const common = {
  platform: "node",
  target: "node26",
  // Keep names: a stack trace from production must be readable without a source map.
  minifyWhitespace: true,
  minifySyntax: true,
  // The licences are in a separate file. No `charset: "utf8"` either: one character beyond Latin-1 makes V8 keep the
  // whole source at two bytes per character.
  legalComments: "none",
  // Constructing a RegExp has no effect, so esbuild may drop unused ones.
  pure: ["RegExp"],
} as const satisfies BuildOptions;

/**
 * An old Node parses the whole bundle before it runs the statement that refuses it (refuse-old-node.ts). The bundle's
 * syntax is therefore lowered to this version.
 */
export const oldestReader = "node10";

/** CommonJS has no import.meta, but yargs reads its URL while it loads. */
const urlName = "importMetaUrl";
const prologue = `const ${urlName}=require("node:url").pathToFileURL(__filename).href;`;

/** Splits the program that starts at this entry into chunks, at each `import()`. */
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
    // Both are optional for pg. It loads them only if the environment has them.
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
  if (main === undefined) throw new Error(`internal error: esbuild made no chunk for ${entry}`);
  return {
    main,
    hot: chunks.filter(({ name }) => hot.has(name)),
    later: chunks.filter(({ name }) => !hot.has(name)),
    metafile,
  };
}

/**
 * esbuild exports only the default when an import() loads a CommonJS package. Node also exports its names. This restores
 * them: `require` returns the package itself.
 */
const asItself = ";module.exports=module.exports.default;\n";

/** esbuild splits only ES modules. import() is replaced because it needs a context that cached code does not have. */
async function toCommonJs(text: string, target: string): Promise<string> {
  const { code } = await transform(text, { ...common, target, format: "cjs", supported: { "dynamic-import": false } });
  return text.includes(urlName) ? prologue + code : code;
}

/** The fields of package.json that the build uses. */
export async function readPackage(): Promise<{
  readonly version: string;
  readonly engines: { readonly node: string };
}> {
  return JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Awaited<ReturnType<typeof readPackage>>;
}
