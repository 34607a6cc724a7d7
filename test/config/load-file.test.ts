import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { scratchPath } from "../harness/scratch.ts";
import { load } from "./load-app.ts";

describe("the choice of the file", () => {
  test("is --config, then SEAWORTHY_CONFIG, then the working directory", async () => {
    const files = {
      "asked.yaml": "app: {name: asked}",
      "named.json": '{"app": {"name": "named"}}',
      "seaworthy.yaml": "app: {name: here}",
    };
    const named = scratchPath("named.json");
    writeFileSync(named, files["named.json"]);
    const variables = { SEAWORTHY_CONFIG: named };
    assert.equal((await load({ files, variables, configPath: "asked.yaml" })).settings.app.name, "asked");
    assert.equal((await load({ files, variables })).settings.app.name, "named");
    assert.equal((await load({ files, variables: { SEAWORTHY_CONFIG: "" } })).settings.app.name, "here");
  });

  for (const [name, content] of [
    ["seaworthy.yaml", "app: {name: shop}"],
    ["seaworthy.yml", "app: {name: shop}"],
    ["seaworthy.json", '\uFEFF{"app": {"name": "shop"}}'],
  ] as const) {
    test(`${name} is found`, async () => {
      const { settings, path } = await load({ files: { [name]: content } });
      assert.equal(settings.app.name, "shop");
      assert.ok(path?.endsWith(name));
    });
  }

  for (const content of ["", "\n", "# only a comment\n", "{}"]) {
    test(`an empty file counts as a file: ${JSON.stringify(content)}`, async () => {
      const files = { "seaworthy.yaml": content, "migrations/1_a.sql": "" };
      const { settings } = await load({ files, variables: { DATABASE_URL: "postgres://h/db" } });
      assert.deepEqual(settings.dependencies, {});
    });
  }

  for (const [name, content, message] of [
    ["seaworthy.yaml", "app: {name: shop}\n  bad", /seaworthy\.yaml:2:\d+: cannot parse YAML: /],
    ["seaworthy.yaml", "app: 1\napp: 2", /seaworthy\.yaml:2:1: cannot parse YAML: duplicated mapping key/],
    ["seaworthy.yaml", "- a", /seaworthy\.yaml: expected a map with the keys .*received a list$/],
    ["seaworthy.json", "{", /seaworthy\.json:1:2: cannot parse JSON: Expected property name or '}'$/],
    ["seaworthy.json", '{"a": 1,\n "b": tru}', /seaworthy\.json:2:10: cannot parse JSON: Unexpected token '}'$/],
    ["seaworthy.json", '{"a": "never closed', /seaworthy\.json:1:20: cannot parse JSON: Unterminated string$/],
    ["seaworthy.json", '{"a": 1', /seaworthy\.json:1:8: cannot parse JSON: Expected ',' or '}' after property value$/],
    ["seaworthy.json", '{"a":', /seaworthy\.json:1:6: cannot parse JSON: Unexpected end of JSON input$/],
    ["seaworthy.json", "{} {}", /seaworthy\.json:1:4: cannot parse JSON: Unexpected non-whitespace character$/],
  ] as const) {
    test(`${name} ${JSON.stringify(content)} is refused with its place`, async () => {
      await assert.rejects(load({ files: { [name]: content } }), { exitCode: 78, message });
    });
  }

  test("an unreadable .env is a problem of the configuration, not an internal error", async () => {
    await assert.rejects(load({ files: { ".env/is-a-folder": "" } }), {
      exitCode: 78,
      message: /cannot read .*\.env: /,
    });
  });
});

describe("without a file", () => {
  const schema = { kind: "schema", url: "postgres://h/db", migrations: "./migrations" };
  const variables = { DATABASE_URL: "postgres://h/db" };
  const files = { "migrations/1_a.sql": "" };

  test("DATABASE_URL and ./migrations are a dependency", async () => {
    assert.partialDeepStrictEqual((await load({ variables, files })).settings.dependencies, { schema });
  });

  test("an upgrade connects with UPGRADE_DATABASE_URL, if that is set", async () => {
    const own = { ...variables, UPGRADE_DATABASE_URL: "postgres://owner@h/db" };
    for (const [given, expected] of [
      [own, "postgres://owner@h/db"],
      [{ ...own, UPGRADE_DATABASE_URL: "" }, "postgres://h/db"],
      // Then the upgrade uses the schema's URL.
      [variables, undefined],
    ] as const) {
      const { settings, hidden } = await load({ variables: given, files, forUpgrade: true });
      assert.equal(settings.upgrade.url, expected);
      // From the app.
      assert.deepEqual([...hidden], Object.keys(given).slice(1));
    }
  });

  test("control: only one of them is not a dependency", async () => {
    assert.deepEqual((await load({ variables })).settings.dependencies, {});
    assert.deepEqual((await load({ files })).settings.dependencies, {});
  });

  test("DATABASE_URL may be in .env or in a mounted secret", async () => {
    assert.deepEqual(
      Object.keys((await load({ files: { ...files, ".env": "DATABASE_URL=postgres://h/db" } })).settings.dependencies),
      ["schema"],
    );
    const secret = scratchPath("database-url");
    writeFileSync(secret, "postgres://h/db\n");
    const loaded = await load({ files, variables: { DATABASE_URL_FILE: secret } });
    assert.equal(loaded.settings.dependencies["schema"]?.kind, "schema");
  });
});
