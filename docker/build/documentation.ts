import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { format } from "oxfmt";
import { drawImports } from "./documentation-imports.ts";
import { buildSchema, healthSchemaFile, healthSchemaText, schemaFile, schemaText } from "./documentation-schema.ts";
import {
  bodyTable,
  exitCodeTable,
  flagTable,
  lintTable,
  failureFieldTable,
  logFieldTable,
  logTables,
  metricTable,
  optionTables,
  verdictTable,
} from "./documentation-tables.ts";
import { rulesOfEngines } from "../../src/lint/rules/all-rules.ts";
import { engineTable } from "./documentation-engines.ts";
import { toolTable } from "./documentation-tools.ts";
import { root } from "./paths.ts";

const marked = /^<!-- generated: (.+) -->\n[^]*?^<!-- end -->$/gm;

/**
 * Fills the blocks between `<!-- generated: NAME -->` and `<!-- end -->`. Throws if a block's name is unknown, and if a
 * block is missing: the text around it would refer to a table that is not there.
 */
export async function fillBlocks(text: string, blocks: Page["blocks"]): Promise<string> {
  const parts = [...text.matchAll(marked)].map(([block, name = ""]) => ({ block, name }));
  const found = parts.map(({ name }) => name);
  const wrong = [
    ...found.filter((name) => !(name in blocks)).map((name) => `unknown block "${name}"`),
    ...Object.keys(blocks)
      .filter((name) => !found.includes(name))
      .map((name) => `no block "${name}"`),
  ];
  if (wrong.length > 0) {
    const known = Object.keys(blocks).map((name) => `<!-- generated: ${name} --> … <!-- end -->`);
    throw new Error(
      `cannot generate: ${wrong.join(", ")}. Known, each once and on separate lines: ${known.join(", ")}`,
    );
  }
  let out = text;
  for (const { block, name } of parts) {
    const content = await formatMarkdown(blocks[name]?.() ?? "");
    out = out.replace(block, () => `<!-- generated: ${name} -->\n\n${content}\n<!-- end -->`);
  }
  return out;
}

/** Formats as oxfmt does. Otherwise the two would undo each other's work. */
async function formatMarkdown(text: string): Promise<string> {
  const { code, errors } = await format("block.md", text);
  if (errors.length > 0) throw new Error(`internal error: oxfmt: ${errors.map(({ message }) => message).join("; ")}`);
  return code;
}

/** The pages that have generated parts. */
export const pages: readonly Page[] = [
  { path: "docs/reference/command-line.md", blocks: { flags: flagTable, "exit codes": exitCodeTable } },
  { path: "docs/reference/configuration.md", blocks: { options: optionTables } },
  { path: "docs/reference/engines.md", blocks: { engines: engineTable } },
  { path: "docs/reference/health.md", blocks: { verdicts: verdictTable, body: bodyTable } },
  {
    path: "docs/reference/logs.md",
    blocks: { "log fields": logFieldTable, "failure fields": failureFieldTable, "log events": logTables },
  },
  { path: "docs/reference/metrics.md", blocks: { metrics: metricTable } },
  { path: "docs/how-to/keep-your-migration-tool.md", blocks: { tools: toolTable } },
  {
    path: "docs/reference/lint-rules.md",
    blocks: Object.fromEntries(
      rulesOfEngines.map(([engine, rules]) => [`lint rules of ${engine}`, () => lintTable(rules)]),
    ),
  },
  { path: "docs/architecture.md", blocks: { imports: drawImports } },
];

interface Page {
  /** Relative to the checkout. */
  readonly path: string;
  readonly blocks: Readonly<Record<string, () => string>>;
}

/** Brings the pages' generated parts and the schemas in dist/ up to date. `directory` holds the pages. */
export async function writeDocumentation(directory = root): Promise<void> {
  for (const page of pages) await writeFile(join(directory, page.path), await generate(directory, page));
  await buildSchema();
  await buildSchema({ outFile: healthSchemaFile, text: healthSchemaText() });
}

/** One line for every outdated file. A schema that was not built yet is not outdated. */
export async function checkDocumentation(directory = root): Promise<readonly string[]> {
  const expected = new Map<string, string>();
  for (const page of pages) expected.set(join(directory, page.path), await generate(directory, page));
  if (existsSync(schemaFile)) expected.set(schemaFile, schemaText());
  if (existsSync(healthSchemaFile)) expected.set(healthSchemaFile, healthSchemaText());
  const differing: string[] = [];
  for (const [file, content] of expected) {
    if ((await readFile(file, "utf8")) !== content)
      differing.push(`${relative(root, file)}: its generated part is out of date. Run npm run fix.`);
  }
  return differing;
}

async function generate(directory: string, { path, blocks }: Page): Promise<string> {
  const text = await readFile(join(directory, path), "utf8");
  return fillBlocks(text, blocks).catch((error: unknown) => {
    throw new Error(`${path}: ${String(error)}`, { cause: error });
  });
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ options: { check: { type: "boolean" } }, allowPositionals: true });
  const [directory] = positionals;
  if (values.check !== true) await writeDocumentation(directory);
  else {
    const differing = await checkDocumentation(directory);
    for (const line of differing) console.error(line);
    process.exitCode = differing.length === 0 ? 0 : 1;
  }
}
