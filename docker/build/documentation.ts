import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { format } from "oxfmt";
import { buildSchema, healthSchemaFile, healthSchemaText, schemaFile, schemaText } from "./documentation-schema.ts";
import { generatedBlocks } from "./documentation-tables.ts";
import { root } from "./paths.ts";

const marked = /^<!-- generated: (.+) -->\n[^]*?^<!-- end -->$/gm;

/**
 * Fills what stands between `<!-- generated: NAME -->` and `<!-- end -->`. Throws where a mark has a name that nothing
 * is generated for, or where one is missing: the text around it would promise a table that is not there.
 */
export async function fillBlocks(text: string, blocks = generatedBlocks): Promise<string> {
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
      `cannot generate: ${wrong.join(", ")}. Known, once each on lines of their own: ${known.join(", ")}`,
    );
  }
  let out = text;
  for (const { block, name } of parts) {
    const content = await formatMarkdown(blocks[name]?.() ?? "");
    out = out.replace(block, () => `<!-- generated: ${name} -->\n\n${content}\n<!-- end -->`);
  }
  return out;
}

/** As oxfmt would write it, so that the two never undo each other's work. */
async function formatMarkdown(text: string): Promise<string> {
  const { code, errors } = await format("block.md", text);
  if (errors.length > 0) throw new Error(`internal error: oxfmt: ${errors.map(({ message }) => message).join("; ")}`);
  return code;
}

/** Brings the README's tables and the schema in dist/ up to date. */
export async function writeDocumentation(readme: string): Promise<void> {
  await writeFile(readme, await generate(readme));
  await buildSchema();
  await buildSchema({ outFile: healthSchemaFile, text: healthSchemaText() });
}

/** One line for every file that is not what would be generated now. A schema that was not built yet is not out of date. */
export async function checkDocumentation(readme: string): Promise<readonly string[]> {
  const expected = new Map([[readme, await generate(readme)]]);
  if (existsSync(schemaFile)) expected.set(schemaFile, schemaText());
  if (existsSync(healthSchemaFile)) expected.set(healthSchemaFile, healthSchemaText());
  const differing: string[] = [];
  for (const [file, content] of expected) {
    if ((await readFile(file, "utf8")) !== content)
      differing.push(`${relative(root, file)}: its generated part is out of date. Run npm run fix.`);
  }
  return differing;
}

async function generate(readme: string): Promise<string> {
  const text = await readFile(readme, "utf8");
  return fillBlocks(text).catch((error: unknown) => {
    throw new Error(`${relative(root, readme)}: ${String(error)}`, { cause: error });
  });
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({ options: { check: { type: "boolean" } }, allowPositionals: true });
  const readme = positionals[0] ?? join(root, "README.md");
  if (values.check !== true) await writeDocumentation(readme);
  else {
    const differing = await checkDocumentation(readme);
    for (const line of differing) console.error(line);
    process.exitCode = differing.length === 0 ? 0 : 1;
  }
}
