import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { overridesOf } from "../../src/config/override.ts";
import { settingsShape } from "../../src/config/settings.ts";
import { load } from "./load-app.ts";

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

  for (const [given, seconds] of [
    ["30s", 30],
    ["2m", 120],
    ["1h", 3600],
    ["1500ms", 1.5],
    ["0.5min", 30],
    ["12", 12],
  ] as const) {
    test(`a time can be a duration: ${given}`, async () => {
      const files = { "seaworthy.yaml": `upgrade: {lockTimeoutSeconds: ${given}}` };
      assert.equal((await load({ files })).settings.upgrade.lockTimeoutSeconds, seconds);
      const variables = { SEAWORTHY_UPGRADE_LOCK_TIMEOUT_SECONDS: given };
      assert.equal((await load({ variables })).settings.upgrade.lockTimeoutSeconds, seconds);
    });
  }

  test("in milliseconds too", async () => {
    const dependencies = '{db: {kind: tcp, address: "db:1", timeoutMs: 1.5s}}';
    const { settings } = await load({ files: { "seaworthy.yaml": `dependencies: ${dependencies}` } });
    assert.equal(settings.dependencies["db"]?.timeoutMs, 1500);
  });

  test("every variable of seaworthy has a unique name", () => {
    const names = overridesOf(settingsShape.fields ?? {}).map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of ["SEAWORTHY_APP_VERSION", "SEAWORTHY_HEALTH_LISTEN", "SEAWORTHY_UPGRADE_URL"])
      assert.ok(names.includes(name));
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
