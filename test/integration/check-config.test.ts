import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { configuration, type ImageFiles } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { runProgram } from "../harness/program.ts";
import { failingConfigurations } from "./failing-configurations.ts";

const suite = openSuite();
/** A database that no check may connect to. */
const server = createServer((socket) => {
  connections++;
  socket.destroy();
}).listen(0, "127.0.0.1");
let connections = 0;
await once(server, "listening");
const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
const password = "hunter2-hunter2";
const url = `postgres://shop:${password}@${address}/shop`;
after(async () => {
  server.close();
  await suite.end();
});

const migration = { "migrations/1_a.sql": "SELECT 1;" };

async function check(
  files: ImageFiles,
  {
    argv = [],
    environment = {},
  }: { readonly argv?: readonly string[]; readonly environment?: Record<string, string> } = {},
) {
  const ended = await runProgram([...argv, "--check-config"], {
    workingDirectory: suite.image(files).folder,
    environment,
  });
  assert.ok(!(ended.stdout + ended.stderr).includes(password), ended.stdout + ended.stderr);
  return ended;
}

describe("--check-config", { concurrency: 4 }, () => {
  const files = { ...migration, ...configuration({ dependencies: { db: { kind: "schema", url } } }) };

  test("exit 0, and each setting with its source", async () => {
    const { code, stdout, stderr } = await check(files);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^configuration: \/.*\/seaworthy\.yaml$/m);
    assert.match(stdout, /^dependencies\.db\.url +postgres:\/\/shop:\*\*\*@\S+ +\/.*\/seaworthy\.yaml:5$/m);
    assert.match(stdout, /^health\.listen +127\.0\.0\.1:0 +SEAWORTHY_HEALTH_LISTEN$/m);
    assert.match(stdout, /^start +immediately +default$/m);
    assert.equal(stderr, "");
  });

  test("--json has the same", async () => {
    const { code, stdout } = await check(files, { argv: ["--json"] });
    assert.equal(code, 0);
    const report = JSON.parse(stdout);
    assert.partialDeepStrictEqual(report, { valid: true, warnings: [], notes: [] });
    const found = report.settings.find(({ key }: { key: string }) => key === "dependencies.db.url");
    assert.partialDeepStrictEqual(found, { source: "file", file: report.file, line: 5, column: 7 });
  });

  test("nothing is connected to; control: --status connects", async () => {
    const { folder } = suite.image(files);
    const before = connections;
    await runProgram(["--check-config"], { workingDirectory: folder });
    assert.equal(connections, before);
    await runProgram(["--status"], { workingDirectory: folder });
    assert.ok(connections > before);
  });

  test("warnings, and variables that only an upgrade needs, do not fail it", async () => {
    const settings = { dependencies: { db: { kind: "schema", url } }, upgrade: { url: "${ADMIN_URL}" } };
    const { code, stdout } = await check(
      { ...migration, ...configuration(settings) },
      { environment: { SEAWORTHY_LOG_LEVLE: "x" } },
    );
    assert.equal(code, 0);
    assert.match(stdout, /^warning: seaworthy ignores SEAWORTHY_LOG_LEVLE.*did you mean SEAWORTHY_LOG_LEVEL\?$/m);
    assert.match(stdout, /^for --upgrade: .*upgrade\.url: needs the environment variable ADMIN_URL/m);
  });

  test("all faults at once: of shapes, variables and secrets", async () => {
    const settings = {
      app: { name: "${NO_NAME}", version: "${SECRET}" },
      dependencies: { db: { kind: "schema", url: "redis://h" } },
      log: { level: "loud" },
      upgrade: { before: [[""]] },
    };
    const { code, stdout, stderr } = await check(configuration(settings), {
      environment: { SECRET_FILE: "/no/such/secret" },
      argv: ["--json"],
    });
    assert.equal(code, 78);
    const expected = [
      /app\.name: needs the environment variable NO_NAME/,
      /app\.version: cannot read the secret that SECRET_FILE names/,
      /dependencies\.db\.url: it leads to Redis/,
      /log\.level: expected one of/,
    ];
    for (const one of expected) assert.match(stderr, one);
    const { valid, problems } = JSON.parse(stdout);
    assert.equal(valid, false);
    assert.equal(problems.length, expected.length, problems.join("\n"));
  });

  test("all faults at once: of files and ranges", async () => {
    const settings = {
      dependencies: {
        one: { kind: "schema", url, migrations: "./nowhere" },
        two: { kind: "schema", url, history: "prizma" },
        three: { kind: "release", url, requires: "latest" },
      },
    };
    const { code, stderr } = await check({ ...migration, ...configuration(settings) });
    assert.equal(code, 78);
    for (const one of [/nowhere/, /Did you mean prisma\?/, /dependencies\.three\.requires: expected a version range/])
      assert.match(stderr, one);
  });

  test("a fault that only an upgrade would find", async () => {
    const dependencies = { db: { kind: "schema", url, migrate: ["tool"] } };
    const found = await check({ ...migration, ...configuration({ dependencies }) });
    assert.equal(found.code, 78);
    assert.match(found.stderr, /dependencies\.db\.migrate runs another tool/);
    const nameless = await check(configuration({ upgrade: { before: [[""]] } }));
    assert.equal(nameless.code, 78);
    assert.match(nameless.stderr, /upgrade\.before\[0\]\.command\[0\]: the first word of a command/);
  });
});

describe("--check-config finds the faults that other modes find", { concurrency: 4 }, () => {
  // These are seen only when a database is asked, when a port is opened, or when an upgrade is wanted.
  const online = new Set(["a port in use", "two URLs of one database", "nothing to upgrade"]);
  const places = { url, wrongPassword: url, wrongDatabase: url, down: url, takenListen: address };
  for (const { name, argv, files, environment, code, says, further = [] } of failingConfigurations(places)) {
    if (online.has(name)) continue;
    test(name, async () => {
      const config = argv[0] === "--config" ? argv.slice(0, 2) : [];
      const ended = await check(files, { argv: config, ...(environment && { environment: { ...environment } }) });
      assert.equal(ended.code, code, ended.stderr);
      for (const part of [...says, ...further]) assert.ok(ended.stderr.includes(part), `${part} in:\n${ended.stderr}`);
    });
  }
});
