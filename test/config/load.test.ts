import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { loadSettings, type Loaded } from "../../src/config/load.ts";
import { overridesOf } from "../../src/config/override.ts";
import { settingsShape } from "../../src/config/settings.ts";

const root = mkdtempSync(join(tmpdir(), "seaworthy-load-"));
after(() => rmSync(root, { recursive: true }));

interface Given {
  readonly files?: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  readonly configPath?: string;
  readonly forUpgrade?: boolean;
}

let count = 0;
function load({ files = {}, variables = {}, configPath, forUpgrade = false }: Given): Promise<Loaded> {
  const workingDirectory = join(root, String(count++));
  mkdirSync(workingDirectory);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workingDirectory, name)), { recursive: true });
    writeFileSync(join(workingDirectory, name), content);
  }
  const path = configPath === undefined ? undefined : join(workingDirectory, configPath);
  return loadSettings({ configPath: path, variables, workingDirectory, forUpgrade, onSecret: () => {} });
}

describe("precedence: the variable, then .env, then the file, then the default", () => {
  const file = { "seaworthy.yaml": "log: {level: warn}" };
  const dotenv = { ".env": "SEAWORTHY_LOG_LEVEL=error\n" };
  const variables = { SEAWORTHY_LOG_LEVEL: "debug" };
  for (const [name, given, expected] of [
    ["all of them", { files: { ...file, ...dotenv }, variables }, "debug"],
    ["without the variable", { files: { ...file, ...dotenv } }, "error"],
    ["only the file", { files: file }, "warn"],
    ["none of them", {}, "info"],
  ] as const) {
    test(name, async () => assert.equal((await load(given)).settings.log.level, expected));
  }

  test("a variable sets one key; the file still sets its neighbours", async () => {
    const files = { "seaworthy.yaml": "upgrade: {lockTimeoutSeconds: 5, connectTimeoutSeconds: 6}" };
    const { settings } = await load({ files, variables: { SEAWORTHY_UPGRADE_LOCK_TIMEOUT_SECONDS: "7" } });
    assert.deepEqual([settings.upgrade.lockTimeoutSeconds, settings.upgrade.connectTimeoutSeconds], [7, 6]);
  });

  test("every variable of seaworthy has a unique name", () => {
    const names = overridesOf(settingsShape.fields ?? {}).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of ["SEAWORTHY_APP_VERSION", "SEAWORTHY_HEALTH_LISTEN", "SEAWORTHY_UPGRADE_URL"])
      assert.ok(names.includes(name));
  });
});

describe("the choice of the file", () => {
  test("is --config, then SEAWORTHY_CONFIG, then the working directory", async () => {
    const files = {
      "asked.yaml": "app: {name: asked}",
      "named.json": '{"app": {"name": "named"}}',
      "seaworthy.yaml": "app: {name: here}",
    };
    const named = join(root, "named.json");
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
    const secret = join(root, "database-url");
    writeFileSync(secret, "postgres://h/db\n");
    const loaded = await load({ files, variables: { DATABASE_URL_FILE: secret } });
    assert.equal(loaded.settings.dependencies["schema"]?.kind, "schema");
  });
});

describe("the app's name and version", () => {
  const manifest = { "package.json": '{"name": "from-manifest", "version": "1.0.0"}' };
  for (const [name, given, expected] of [
    [
      "the configuration's",
      {
        files: { ...manifest, "seaworthy.yaml": "app: {name: shop, version: 3.0.0}" },
        variables: { APP_VERSION: "2.0.0" },
      },
      { name: "shop", version: "3.0.0" },
    ],
    [
      "else APP_VERSION",
      { files: manifest, variables: { APP_VERSION: "2.0.0" } },
      { name: "from-manifest", version: "2.0.0" },
    ],
    [
      "else package.json's",
      { files: manifest, variables: { APP_VERSION: "" } },
      { name: "from-manifest", version: "1.0.0" },
    ],
    ["else none", {}, { name: "app" }],
    ["a package.json that cannot be read is the app's business", { files: { "package.json": "{" } }, { name: "app" }],
  ] as const) {
    test(name, async () => assert.deepEqual((await load(given)).settings.app, expected));
  }
});

describe("variables hidden from the app", () => {
  const files = {
    "seaworthy.yaml": `
      dependencies: {db: {kind: schema, url: "\${DATABASE_URL}"}}
      upgrade: {url: "\${ADMIN_URL}", before: [[backup, "\${BUCKET:-none}", "\${SHARED}"]]}
      run: [app, "\${SHARED}"]`,
  };
  const variables = {
    DATABASE_URL: "postgres://h/db",
    ADMIN_URL: "postgres://admin@h/db",
    BUCKET: "b",
    SHARED: "s",
    UPGRADE_DATABASE_URL: "postgres://admin@h/db",
    UPGRADE_DATABASE_URL_FILE: "/x",
    SEAWORTHY_LOG_LEVEL: "info",
    SEAWORTHY_ANYTHING: "x",
    HOME: "/",
  };

  test("seaworthy's own variables, and variables that only the upgrade uses, with their _FILE", async () => {
    const { hidden } = await load({ files, variables });
    const expected = [
      "ADMIN_URL",
      "BUCKET",
      "UPGRADE_DATABASE_URL",
      "UPGRADE_DATABASE_URL_FILE",
      "SEAWORTHY_LOG_LEVEL",
      "SEAWORTHY_ANYTHING",
    ];
    assert.deepEqual(hidden, new Set(expected));
  });

  test("the upgrade's credentials, even if a dependency uses them", async () => {
    const config = { "seaworthy.yaml": 'dependencies: {db: {kind: schema, url: "${UPGRADE_DATABASE_URL}"}}' };
    const { hidden } = await load({ files: config, variables: { UPGRADE_DATABASE_URL: "postgres://h/db" } });
    assert.deepEqual(hidden, new Set(["UPGRADE_DATABASE_URL"]));
  });

  test("an unset variable is refused only for an upgrade", async () => {
    const { ADMIN_URL: _, ...without } = variables;
    assert.equal((await load({ files, variables: without })).settings.upgrade.url, undefined);
    await assert.rejects(
      load({ files, variables: without, forUpgrade: true }),
      /upgrade\.url: needs the environment variable ADMIN_URL/,
    );
  });
});

describe("warnings", () => {
  test("an unknown variable that begins with SEAWORTHY_", async () => {
    const { warnings } = await load({
      variables: { SEAWORTHY_LOG_LEVL: "debug", SEAWORTHY_LOG_LEVEL_FILE: "", OTHER: "x" },
    });
    assert.deepEqual(warnings, [
      "seaworthy ignores SEAWORTHY_LOG_LEVL, because it reads no such variable; did you mean SEAWORTHY_LOG_LEVEL?",
    ]);
  });

  test("control: variables that Kubernetes sets for a service called seaworthy", async () => {
    const variables = Object.fromEntries(
      ["SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT", "PORT_80_TCP", "PORT_80_TCP_ADDR"].map((name) => [
        `SEAWORTHY_${name}`,
        "x",
      ]),
    );
    assert.deepEqual((await load({ variables })).warnings, []);
  });
});

test("the settings cannot be changed afterwards", async () => {
  const { settings } = await load({
    files: { "seaworthy.yaml": "run: [app]\ndependencies: {a: {kind: release, url: postgres://h/db, requires: '1'}}" },
  });
  for (const part of [
    settings,
    settings.app,
    settings.run,
    settings.dependencies,
    settings.dependencies["a"],
    settings.upgrade,
  ]) {
    assert.ok(Object.isFrozen(part));
  }
});
