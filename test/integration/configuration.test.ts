import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { configuration, type ImageFiles } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { runProgram } from "../harness/program.ts";

const suite = openSuite();
after(() => suite.end());

interface Given {
  readonly files?: ImageFiles;
  readonly environment?: Readonly<Record<string, string>>;
}

async function run(argv: readonly string[], { files = {}, environment = {} }: Given) {
  const ended = await runProgram(argv, { workingDirectory: suite.image(files).folder, environment });
  return { ...ended, lines: ended.stdout.split("\n").filter((line) => line !== "") };
}

describe("the app gets", { concurrency: 4 }, () => {
  const files = configuration({
    dependencies: { db: { kind: "schema", url: "${DATABASE_URL}" } },
    upgrade: { url: "${ADMIN_URL}", before: [["true", "${BUCKET:-}"]] },
  });
  const migrations = { "migrations/1_a.sql": "SELECT 1;" };
  const environment = {
    DATABASE_URL: "postgres://shop@127.0.0.1:1/shop",
    ADMIN_URL: "postgres://admin@127.0.0.1:1/shop",
    UPGRADE_DATABASE_URL: "postgres://admin@127.0.0.1:1/shop",
    BUCKET: "backups",
    NODE_OPTIONS: "--no-warnings",
    EMPTY: "",
    LINES: "two\nlines",
  };

  test("its own environment, without seaworthy's variables and those of the upgrade", async () => {
    const { stdout } = await run(["env", "-0"], { files: { ...files, ...migrations }, environment });
    const { DATABASE_URL, NODE_OPTIONS, EMPTY, LINES } = environment;
    const seen = Object.fromEntries(
      stdout
        .split("\0")
        .filter(Boolean)
        .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
    );
    delete seen["PATH"];
    assert.deepEqual(seen, { DATABASE_URL, NODE_OPTIONS, EMPTY, LINES });
  });

  test("control: variables that the configuration does not use under upgrade", async () => {
    const { lines } = await run(["env"], { environment });
    assert.ok(lines.includes("BUCKET=backups"));
  });

  test("fewer variables than the hooks of an upgrade", async () => {
    const database = await suite.database();
    const settings = { app: { version: "1.0.0" }, upgrade: { ledger: "${ADMIN_URL}", before: [["env"]] } };
    const withDatabase = { ...environment, ADMIN_URL: database.url };
    const { code, stderr } = await run(["--upgrade"], { files: configuration(settings), environment: withDatabase });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /\[env\] BUCKET=backups$/m);
    assert.match(stderr, /\[env\] ADMIN_URL=postgres:/m);
  });

  test("its arguments as given, or those of `run:` if there are none", async () => {
    const words = ["a b", "", "$HOME", "*", "--upgrade", 'quo"te'];
    const given = await run(["printf", "<%s>\n", ...words], {});
    assert.deepEqual(
      given.lines,
      words.map((word) => `<${word}>`),
    );
    const configured = configuration({ run: ["printf", "<%s>\n", "from run", "${NAME}", 7] });
    const fromRun = await run([], { files: configured, environment: { NAME: "filled" } });
    assert.deepEqual(fromRun.lines, ["<from run>", "<filled>", "<7>"]);
    assert.deepEqual((await run(["echo", "CMD wins"], { files: configured, environment: { NAME: "" } })).lines, [
      "CMD wins",
    ]);
    assert.deepEqual((await run(["--", "--upgrade"], {})).code, 127);
  });
});

describe("the source of a setting", { concurrency: 4 }, () => {
  const nameOf = async (argv: readonly string[], given: Given) => {
    const { stdout, stderr } = await run([...argv, "--status", "--json"], given);
    assert.notEqual(stdout, "", stderr);
    return (JSON.parse(stdout) as { readonly app: { readonly name: string } }).app.name;
  };
  const layers = {
    flag: { "flag.yaml": "app: {name: flag}" },
    file: { "seaworthy.yaml": "app: {name: file}" },
    dotenv: { ".env": "SEAWORTHY_APP_NAME=dotenv\n" },
  };

  test("a variable wins over .env, .env over the file, and the file over the default", async () => {
    const variable = { SEAWORTHY_APP_NAME: "variable" };
    const all = { ...layers.flag, ...layers.file, ...layers.dotenv };
    assert.equal(await nameOf(["--config", "flag.yaml"], { files: all, environment: variable }), "variable");
    assert.equal(await nameOf([], { files: all }), "dotenv");
    assert.equal(await nameOf([], { files: layers.file }), "file");
    assert.equal(await nameOf([], {}), "app");
  });

  test("--config wins over SEAWORTHY_CONFIG, which wins over the working directory's file", async () => {
    const files = { ...layers.flag, ...layers.file, "named.yaml": "app: {name: named}" };
    const environment = { SEAWORTHY_CONFIG: "named.yaml" };
    assert.equal(await nameOf(["--config", "flag.yaml"], { files, environment }), "flag");
    assert.equal(await nameOf(["--config=flag.yaml"], { files, environment }), "flag");
    assert.equal(await nameOf([], { files, environment }), "named");
    assert.equal(await nameOf([], { files }), "file");
  });

  test("log: the format and the level, from the configuration and from variables", async () => {
    const files = configuration({ log: { format: "json", level: "debug" } });
    const asJson = await run(["true"], { files, environment: { SEAWORTHY_LOG_FORMAT: "json" } });
    const events = asJson.stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.ok(events.some(({ level }) => level === "debug"));
    const quiet = await run(["true"], { files, environment: { SEAWORTHY_LOG_LEVEL: "error" } });
    assert.equal(quiet.stderr, "");
  });

  test("a misspelt variable is reported, and the app still runs", async () => {
    const { code, stderr } = await run(["true"], { environment: { SEAWORTHY_HEALTH_LISTN: "x" } });
    assert.equal(code, 0);
    assert.match(stderr, /warning: seaworthy ignores SEAWORTHY_HEALTH_LISTN.* did you mean SEAWORTHY_HEALTH_LISTEN\?/);
  });
});

describe("--help and --version", { concurrency: 4 }, () => {
  test("write to stdout, and exit 0", async () => {
    const help = await run(["--help"], {});
    assert.deepEqual([help.code, help.stderr], [0, ""]);
    assert.match(help.stdout, /Usage: seaworthy \[COMMAND/);
    const version = await run(["--version"], {});
    assert.deepEqual([version.code, version.stderr], [0, ""]);
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  });

  test("work with an unreadable configuration", async () => {
    assert.equal((await run(["--help"], { files: { "seaworthy.yaml": "{" } })).code, 0);
  });
});
