import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { settingsInForce } from "../../../src/config/check/check-config.ts";
import { formatSettings } from "../../../src/config/check/settings-text.ts";
import type { SettingInForce } from "../../../src/config/check/describe-settings.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { createRedactor } from "../../../src/kernel/redact.ts";
import { loadIn, type Given } from "../load-app.ts";

async function inForce(given: Given) {
  const { add, redact } = createRedactor();
  const { loaded, workingDirectory } = await loadIn({ ...given, onSecret: add });
  const settings = await settingsInForce(loaded, { workingDirectory, redact });
  const shorten = ({ file, ...rest }: SettingInForce) => ({
    ...rest,
    ...(file !== undefined && { file: file.replace(`${dirname(file)}/`, "") }),
  });
  return {
    settings,
    of: (key: string) => {
      const found = settings.find((setting) => setting.key === key);
      assert.ok(found, `${key} in ${settings.map((setting) => setting.key).join(", ")}`);
      const { key: _, ...rest } = shorten(found);
      return rest;
    },
  };
}

const yaml = (text: string) => ({ files: { "seaworthy.yaml": text } });

describe("the source of a setting", () => {
  const variables = { SEAWORTHY_LOG_LEVEL: "debug", NAME: "shop" };
  for (const [name, given, key, expected] of [
    [
      "a key of the file",
      yaml("# first\nstop: { graceSeconds: 3 }"),
      "stop.graceSeconds",
      { value: 3, source: "file", file: "seaworthy.yaml", line: 2, column: 9 },
    ],
    ["its neighbour", yaml("stop: { graceSeconds: 3 }"), "stop.drainSeconds", { value: 0, source: "default" }],
    [
      "a key that a variable fills",
      { ...yaml('app: { name: "${NAME}" }'), variables },
      "app.name",
      { value: "shop", source: "file", file: "seaworthy.yaml", line: 1, column: 8, variables: ["NAME"] },
    ],
    [
      "the default of an unset variable",
      yaml('app: { name: "${NAME:-none}" }'),
      "app.name",
      { value: "none", source: "file", file: "seaworthy.yaml", line: 1, column: 8 },
    ],
    [
      "a variable of .env",
      { files: { "seaworthy.yaml": 'app: { name: "${NAME}" }', ".env": "NAME=shop" } },
      "app.name",
      { value: "shop", source: "file", file: "seaworthy.yaml", line: 1, column: 8, variables: ["NAME in .env"] },
    ],
    [
      "seaworthy's own variable wins over the file",
      { ...yaml("log: { level: warn }"), variables },
      "log.level",
      { value: "debug", source: "variable", variables: ["SEAWORTHY_LOG_LEVEL"] },
    ],
    [
      "a command in the file, with a variable",
      { ...yaml('run: [echo, "${NAME}"]'), variables },
      "run",
      {
        value: ["echo", "shop"],
        source: "file",
        file: "seaworthy.yaml",
        line: 1,
        column: 1,
        variables: ["NAME"],
      },
    ],
    [
      "a hook that is written as a list",
      { ...yaml('upgrade:\n  before:\n    - [echo, "${NAME}"]'), variables, forUpgrade: true },
      "upgrade.before[0].command",
      { value: ["echo", "shop"], source: "file", file: "seaworthy.yaml", line: 3, column: 7, variables: ["NAME"] },
    ],
    [
      "the settings of such a hook",
      yaml("upgrade:\n  before:\n    - [echo]"),
      "upgrade.before[0].environment",
      { value: {}, source: "default" },
    ],
    [
      "a key that an alias brings",
      yaml("stop: &s\n  graceSeconds: 3\nprocesses:\n  a: { command: [x], stop: { graceSeconds: 3 } }"),
      "processes.a.stop.graceSeconds",
      { value: 3, source: "file", file: "seaworthy.yaml", line: 4, column: 30 },
    ],
    [
      "health: false",
      yaml("health: false"),
      "health",
      { value: false, source: "file", file: "seaworthy.yaml", line: 1, column: 1 },
    ],
    ["the defaults of health: true", yaml("health: true"), "health.details", { value: "always", source: "default" }],
    [
      "APP_VERSION",
      { variables: { APP_VERSION: "2.0.0" } },
      "app.version",
      { value: "2.0.0", source: "variable", variables: ["APP_VERSION"] },
    ],
    [
      "package.json",
      { files: { "package.json": '{"version": "1.0.0", "name": "shop"}' } },
      "app.version",
      { value: "1.0.0", source: "package.json" },
    ],
    [
      "the name in package.json",
      { files: { "package.json": '{"name": "shop"}' } },
      "app.name",
      { value: "shop", source: "package.json" },
    ],
    ["no name anywhere", {}, "app.name", { value: "app", source: "default" }],
    [
      "without a file, a URL",
      { files: { "migrations/1_a.sql": "" }, variables: { DATABASE_URL: "postgres://h/d" } },
      "dependencies.schema.url",
      { value: "postgres://h/d", source: "variable", variables: ["DATABASE_URL"] },
    ],
    [
      "without a file, the folder",
      { files: { "migrations/1_a.sql": "" }, variables: { DATABASE_URL: "postgres://h/d" } },
      "dependencies.schema.migrations",
      { value: "./migrations", source: "convention" },
    ],
    [
      "the URL of upgrade.ledger",
      { ...yaml("dependencies:\n  a: { kind: schema }\nupgrade:\n  ledger: postgres://h/d"), forUpgrade: true },
      "dependencies.a.url",
      { value: "postgres://h/d", source: "file", file: "seaworthy.yaml", line: 4, column: 3 },
    ],
  ] as const) {
    test(name, async () => assert.deepEqual((await inForce(given)).of(key), expected));
  }
});

describe("secrets are masked", () => {
  const secret = "hunter2-hunter2";
  const [file, short] = [scratchPath("secret"), scratchPath("short")];
  writeFileSync(file, secret);
  writeFileSync(short, "ab");
  for (const [name, given, key, expected] of [
    [
      "the password of a URL",
      yaml(`dependencies: { a: { kind: schema, url: "postgres://shop:${secret}@h/d" } }`),
      "dependencies.a.url",
      "postgres://shop:***@h/d",
    ],
    [
      "a password of two letters",
      yaml('dependencies: { a: { kind: schema, url: "postgres://shop:ab@h/d" } }'),
      "dependencies.a.url",
      "postgres://shop:***@h/d",
    ],
    [
      "the content of a secret's file",
      { ...yaml('app: { name: "${NAME}" }'), variables: { NAME_FILE: file } },
      "app.name",
      "***",
    ],
    [
      "a short content, inside a text",
      { ...yaml('app: { name: "x${NAME}y" }'), variables: { NAME_FILE: short } },
      "app.name",
      "***",
    ],
    [
      "the content of the file of seaworthy's own variable",
      { variables: { SEAWORTHY_APP_NAME_FILE: file } },
      "app.name",
      "***",
    ],
    [
      "a word of a command from a secret's file",
      { ...yaml('run: [app, "${NAME}"]'), variables: { NAME_FILE: short } },
      "run",
      ["app", "***"],
    ],
    [
      "a word of a command from a variable with such a name",
      { ...yaml('run: [app, "${API_TOKEN}"]'), variables: { API_TOKEN: "ab" } },
      "run",
      ["app", "***"],
    ],
    ["the word after --password", yaml("run: [app, --password, ab]"), "run", ["app", "--password", "***"]],
    ["--password=…", yaml(`run: [app, "--password=${secret}"]`), "run", ["app", "--password=***"]],
    [
      "a header",
      yaml('dependencies: { a: { kind: http, url: "http://h", requires: ">=1", headers: { X-Key: ab } } }'),
      "dependencies.a.headers.X-Key",
      "***",
    ],
    [
      "a variable of a process",
      yaml("processes: { a: { command: [x], environment: { DB_PASSWORD: ab } } }"),
      "processes.a.environment.DB_PASSWORD",
      "***",
    ],
    // Controls.
    [
      "control: a header without a secret",
      yaml('dependencies: { a: { kind: http, url: "http://h", requires: ">=1", headers: { Accept: ab } } }'),
      "dependencies.a.headers.Accept",
      "ab",
    ],
    [
      "control: another variable of a process",
      yaml("processes: { a: { command: [x], environment: { MODE: ab } } }"),
      "processes.a.environment.MODE",
      "ab",
    ],
    ["control: another word", yaml("run: [app, --port, ab]"), "run", ["app", "--port", "ab"]],
  ] as const) {
    test(name, async () => {
      const { settings, of } = await inForce(given);
      assert.deepEqual(of(key).value, expected);
      const text = formatSettings({ file: null, settings, warnings: [], notes: [] });
      assert.ok(!text.includes(secret), text);
    });
  }
});

test("control: every setting of a full configuration is listed once", async () => {
  const { settings } = await inForce(yaml("upgrade: { before: [[a], [b]] }\nsignals: { TERM: QUIT }"));
  const keys = settings.map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
  for (const key of ["upgrade.before[1].command", "signals.SIGTERM", "stop.graceSeconds", "log.format"])
    assert.ok(keys.includes(key), keys.join(", "));
});
