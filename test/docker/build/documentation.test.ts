import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { execa } from "execa";
import { fillBlocks, pages } from "../../../docker/build/documentation.ts";
import { sourceFiles } from "../../../docker/build/documentation-imports.ts";
import { eventsOf, logEvents } from "../../../docker/build/documentation-logs.ts";
import { schemaName, schemaText } from "../../../docker/build/documentation-schema.ts";
import { programDirectory, root } from "../../../docker/build/paths.ts";
import { flags } from "../../../src/cli/command.ts";
import { overridesOf } from "../../../src/config/override.ts";
import { settingsShape } from "../../../src/config/settings.ts";
import { ExitCode } from "../../../src/kernel/failure.ts";

const scratch = await mkdtemp(join(tmpdir(), "seaworthy-documentation-"));
after(() => rm(scratch, { recursive: true }));

describe("the generated tables of the manual", () => {
  test("the check fails on a changed table, names the file and the fix, and passes after the fix", async () => {
    for (const { path, blocks } of pages) {
      const marks = Object.keys(blocks).map((name) => `<!-- generated: ${name} -->\n<!-- end -->`);
      await mkdir(join(scratch, dirname(path)), { recursive: true });
      await writeFile(join(scratch, path), `# Title\n\n${marks.join("\n\n## Next\n\n")}\n\nThe end.\n`);
    }
    assert.match((await runDocumentation("--check", scratch)).stderr, /command-line\.md: .* Run npm run fix\./);

    assert.equal((await runDocumentation(scratch)).exitCode, 0);
    assert.equal((await runDocumentation("--check", scratch)).exitCode, 0);
    const page = join(scratch, "docs/reference/command-line.md");
    const filled = await readFile(page, "utf8");
    assert.match(filled, /^# Title\n/);
    assert.match(filled, /\nThe end\.\n$/);

    await writeFile(page, filled.replace("| `--upgrade` ", "| `--update`  "));
    const { exitCode, stderr } = await runDocumentation("--check", scratch);
    assert.equal(exitCode, 1);
    assert.match(stderr, /^\S*command-line\.md: .* Run npm run fix\.$/);
    await runDocumentation(scratch);
    assert.equal(await readFile(page, "utf8"), filled);
  });

  test("text outside the marks does not change", async () => {
    const text = "| a |\n|---|\n\n<!-- generated: one -->\nold\n<!-- end -->\n*  b $& $1\n";
    const filled = await fillBlocks(text, { one: () => "new $& $1" });
    assert.equal(
      filled,
      text.replace("old", () => "\nnew $& $1\n"),
    );
  });

  test("unknown and missing marks are refused", async () => {
    await assert.rejects(
      fillBlocks("<!-- generated: two -->\n<!-- end -->\n", { one: () => "" }),
      /unknown block "two", no block "one"/,
    );
  });

  test("name every flag, exit code and environment variable", () => {
    const blocks = Object.assign({}, ...pages.map((page) => page.blocks)) as (typeof pages)[number]["blocks"];
    const text = (name: string) => blocks[name]?.() ?? "";
    for (const { name } of flags) assert.match(text("flags"), new RegExp(`^\\| \`--${name}[ \`]`, "m"));
    for (const code of Object.values(ExitCode)) assert.match(text("exit codes"), new RegExp(`^\\| ${code} \\|`, "m"));
    for (const { name } of overridesOf(settingsShape.fields ?? {}))
      assert.ok(text("options").includes(`\`${name}\``), name);
  });
});

describe("the table of log events", () => {
  test("has the level, the words and the fields of each call, including fields in a variable", () => {
    const source = `
      const fields = { migration: script.name, durationMs };
      options.log.info(\`applied \${script.name} in \${a}\${b} ms\`, fields);
      log.warn("no fields"); console.error("not the log"); Math.log(2);`;
    assert.deepEqual(eventsOf("src/upgrade/a.ts", source), [
      { level: "info", message: "applied … in … ms", fields: ["migration", "durationMs"], room: "upgrade" },
      { level: "warn", message: "no fields", fields: [], room: "upgrade" },
    ]);
  });

  test("an unclear line is refused, with the place and the fix", () => {
    const refuse = (source: string, message: RegExp) =>
      assert.throws(() => eventsOf("entrypoint/a.ts", source), message, source);
    refuse("log.info(somewhere)", /entrypoint\/a\.ts: describe somewhere in \S*documentation-logs\.ts \(computed\)/);
    refuse(
      'log.info("text", { unheardOf: 1 })',
      /describe the field unheardOf in \S*documentation-logs\.ts \(fieldMeaning\)/,
    );
    refuse('log.info("text", { ...rest })', /name each field/);
    refuse('log.info("text", getFields())', /object literal/);
  });

  test("has every call", () => {
    const calls = sourceFiles().flatMap(
      (file) => readFileSync(file, "utf8").match(/\blog\.(debug|info|warn|error)\(/g) ?? [],
    );
    assert.equal(logEvents().length, calls.length);
    assert.ok(calls.length > 40);
  });
});

describe("the JSON Schema", () => {
  const schema = JSON.parse(schemaText()) as Readonly<Record<string, unknown>>;
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

  test("is draft 2020-12, and the same in the package and in the program's folder", async () => {
    assert.equal(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    const { files } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      readonly files: readonly string[];
    };
    assert.ok(files.includes(`dist/${schemaName}`));
    for (const folder of [join(root, "dist"), programDirectory])
      assert.equal(await readFile(join(folder, schemaName), "utf8"), schemaText());
  });

  const url = "postgres://a@b/c";
  const dependency = { kind: "schema", url };
  const cases: readonly (readonly [what: string, config: unknown, allowed: boolean])[] = [
    ["nothing at all", {}, true],
    ["a dependency of each kind", { dependencies: { a: dependency, b: { kind: "release", url } } }, true],
    ["disabled health", { health: false }, true],
    ["a number in its range", { upgrade: { lockTimeoutSeconds: 5 } }, true],
    ["hooks", { upgrade: { before: [["a", 1]] } }, true],
    ["an unknown key", { helth: {} }, false],
    ["an unknown key further down", { dependencies: { a: { ...dependency, migration: "x" } } }, false],
    ["a key of another kind", { dependencies: { a: { ...dependency, requires: ">=1" } } }, false],
    ["no kind", { dependencies: { a: { url } } }, false],
    ["an unknown kind", { dependencies: { a: { kind: "sqlite", url } } }, false],
    ["a missing key", { dependencies: { a: { kind: "server" } } }, false],
    ["a wrong type", { run: "nginx" }, false],
    ["an empty command", { run: [] }, false],
    ["a number out of range", { upgrade: { lockTimeoutSeconds: -1 } }, false],
    ["a value that is not among the choices", { log: { level: "loud" } }, false],
    ["a URL of an unsupported database", { dependencies: { a: { ...dependency, url: "oracle://a@b/c" } } }, false],
    ["an invalid name", { dependencies: { "a b": dependency } }, false],
  ];
  for (const [what, config, allowed] of cases) {
    test(`${allowed ? "allows" : "refuses"}, like the program: ${what}`, () => {
      const problems: never[] = [];
      settingsShape.read(config, { path: "", problems });
      assert.equal(problems.length === 0, allowed);
      assert.equal(validate(config), allowed, JSON.stringify(validate.errors));
    });
  }

  test("allows ${NAME} for a number, an address or a URL", () => {
    const config = {
      dependencies: { a: { kind: "schema", url: "${DATABASE_URL}" } },
      upgrade: { lockTimeoutSeconds: "${SECONDS:-5}" },
      health: { listen: "${LISTEN}" },
    };
    assert.equal(validate(config), true, JSON.stringify(validate.errors));
  });
});

function runDocumentation(...parameters: readonly string[]) {
  return execa(process.execPath, [join(root, "docker/build/documentation.ts"), ...parameters], { reject: false });
}
