import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { before, describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load } from "js-yaml";
import { schemaText } from "../../docker/build/documentation-schema.ts";
import { parseCommand } from "../../src/cli/parse.ts";
import { loadParser, type SqlParser } from "../../src/lint/parsing/parser.ts";
import { readUrl } from "../../src/urls/read.ts";
import { allBlocks, blocksOf, type Block } from "./blocks.ts";

const blocks = allBlocks();
const inManual = ({ page }: Block) => page.startsWith("docs/") || page === "README.md";
const at = ({ page, line }: Block) => `${page}:${line}`;

/** What seaworthy is started with in a shell's lines: after an image, or after its own path. */
function calledWith(script: string): readonly (readonly string[])[] {
  const lines = script.replaceAll(/\\\n/g, " ").split("\n");
  return lines.flatMap((line) => {
    const call =
      /docker run .*?\s(?:[a-z][\w./-]*:[\w.$-]+|IMAGE)\s+(--[a-z].*)/.exec(line) ??
      /\/opt\/seaworthy\/seaworthy\s+(--[a-z].*)/.exec(line);
    if (call === null) return [];
    const [words = ""] = (call[1] ?? "").split(/\s(?:[#&|>;]|\|\|)/);
    return [words.trim().split(/\s+/)];
  });
}

describe("the snippets of the manual", () => {
  const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(schemaText()) as object);
  let parser: SqlParser;
  before(async () => void (parser = await loadParser()));

  test("are found", () => {
    for (const language of ["yaml", "sql", "sh", "dockerfile", "json"])
      assert.ok(blocks.filter((block) => inManual(block) && block.language === language).length > 0, language);
    assert.deepEqual(blocksOf("a.md", "1. x\n\n   ```sh\n   a\n   b\n   ```\n"), [
      { page: "a.md", line: 3, language: "sh", text: "a\nb\n" },
    ]);
  });

  test("in YAML are configurations that the schema allows", () => {
    for (const block of blocks.filter((one) => inManual(one) && one.language === "yaml"))
      assert.ok(validate(load(block.text)), `${at(block)}: ${JSON.stringify(validate.errors)}`);
    assert.ok(!validate({ dependencies: { a: { kind: "schema", link: "x" } } }), "control");
  });

  test("in SQL are what Postgres can parse", () => {
    for (const block of blocks.filter(({ language }) => language === "sql"))
      assert.doesNotThrow(() => parser.parse(block.text), at(block));
    assert.throws(() => parser.parse("ALTER TABLE a ADD COLUM b text"), "control");
  });

  test("in sh are what a shell can parse", () => {
    for (const block of blocks.filter(({ language }) => language === "sh")) {
      const { status, stderr } = spawnSync("sh", ["-n"], { input: block.text, encoding: "utf8" });
      assert.equal(status, 0, `${at(block)}: ${stderr}`);
    }
  });

  test("call seaworthy with flags that there are", async () => {
    const calls = blocks
      .filter(({ language }) => language === "sh")
      .flatMap((block) => calledWith(block.text).map((words) => ({ block, words })));
    assert.ok(calls.length > 20, `${calls.length} calls`);
    for (const { block, words } of calls)
      await assert.doesNotReject(parseCommand(words, "0.0.0"), `${at(block)}: ${words.join(" ")}`);
    const control = calledWith("docker run --rm -e A shop:2.3.0 --upgrde && roll_out");
    assert.deepEqual(control, [["--upgrde"]]);
    await assert.rejects(parseCommand(control[0] ?? [], "0.0.0"));
  });

  test("have connection URLs that are read, with no parameter that is unknown", () => {
    const urls = blocks.flatMap((block) =>
      [...block.text.matchAll(/DATABASE_URL='?([a-z]+:\/\/[^\s']*[^\s'…])'?$/gm)].map(([, url = ""]) => ({
        block,
        url,
      })),
    );
    assert.ok(urls.length > 8, `${urls.length} URLs`);
    for (const { block, url } of urls) {
      const read = readUrl(url.replaceAll("…", "secret"));
      assert.ok("address" in read, `${at(block)}: ${url}: ${JSON.stringify(read)}`);
      assert.deepEqual(read.warnings, [], `${at(block)}: ${url}`);
    }
  });

  test("of Dockerfiles start the program that they copy", () => {
    for (const { text, ...block } of blocks.filter(({ language }) => language === "dockerfile")) {
      assert.match(text, /^COPY --from=seaworthy \/opt\/seaworthy \/opt\/seaworthy$/m, block.page);
      assert.match(text, /^ENTRYPOINT \["\/opt\/seaworthy\/seaworthy"\]$/m, block.page);
      assert.match(text, /^HEALTHCHECK .*--start-period=\S+ CMD \["\/opt\/seaworthy\/seaworthy", "--health"\]$/m);
    }
  });
});
