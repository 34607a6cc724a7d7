import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { ask, endpointOf, waitForAnswer } from "../../harness/endpoint.ts";
import { configuration, type ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { freePort, startPostgres } from "../../harness/postgres.ts";
import { runProgram, startProgram, type RunningProgram } from "../../harness/program.ts";
import { parseHealthJson, type HealthJson } from "./health-json.ts";
import { closeGate, passGate, shopImage, waitForArrival } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const schemaOnly = (url: string, more: object = {}) =>
  configuration({ dependencies: { schema: { kind: "schema", url, ...more } } });
const oneMigration = { "migrations/1_a.sql": "SELECT 1;" };

/** The harness sets a variable for a free port, which would win over the configuration. */
const withoutListen = { SEAWORTHY_HEALTH_LISTEN: undefined } as unknown as Readonly<Record<string, string>>;

/** An app that runs until it is stopped, and the address of its health endpoint. */
async function startApp(files: ImageFiles, environment: Readonly<Record<string, string>> = {}) {
  const { folder } = suite.image(files);
  const program = startProgram(["sleep", "1000"], { workingDirectory: folder, environment });
  return { program, folder, url: await endpointOf(program) };
}

async function stop(...programs: readonly RunningProgram[]): Promise<void> {
  for (const program of programs) await program.signal("SIGTERM");
  for (const program of programs) await program.ended;
}

async function upgrade(files: ImageFiles): Promise<void> {
  const ended = await runProgram(["--upgrade"], { workingDirectory: suite.image(files).folder });
  assert.equal(ended.code, 0, ended.stderr);
}

/** The check of one dependency in a valid body. */
function checkOf(body: HealthJson, name: string): Readonly<Record<string, unknown>> {
  const check = body.checks[`${name}:version`]?.[0];
  assert.ok(check, JSON.stringify(body));
  return check;
}

// In parallel: seaworthy looks at a compatible database only every ten seconds.
describe("health", { concurrency: 3 }, () => {
  describe("the endpoint", { concurrency: 4 }, () => {
    test("its paths, methods and headers", async () => {
      const database = await suite.database();
      const files = shopImage(database.url, "1.0.0", { "1_a": "SELECT 1;" });
      await upgrade(files);
      const { program, url } = await startApp(files);
      await waitForAnswer(`${url}/health`, 200);
      for (const path of ["/health", "/healthz", "/readyz", "/health/schema", "/livez", "/health?verbose=1"]) {
        const { status, headers, text } = await ask(url + path);
        assert.equal(status, 200, path);
        assert.equal(headers.get("content-type"), "application/health+json");
        assert.match(headers.get("cache-control") ?? "", /no-store|max-age=0/);
        assert.equal(parseHealthJson(text).status, "pass");
        const head = await ask(url + path, { method: "HEAD" });
        assert.deepEqual([head.status, head.text], [200, ""]);
        assert.equal(head.headers.get("content-length"), String(Buffer.byteLength(text)));
        const post = await ask(url + path, { method: "POST" });
        assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
      }
      const missing = await ask(`${url}/health/nobody`);
      assert.equal(missing.status, 404);
      assert.match(missing.text, /Known: schema/);
      const nowhere = await ask(`${url}/nowhere`);
      assert.equal(nowhere.status, 404);
      assert.match(nowhere.text, /\/readyz/);
      await stop(program);
      // Control: this program gave the answers.
      await assert.rejects(ask(`${url}/livez`));
    });

    test("health: false serves no endpoint, and --health reports that", async () => {
      const { folder } = suite.image(configuration({ health: false }));
      const options = { workingDirectory: folder, environment: { ...withoutListen, SEAWORTHY_LOG_LEVEL: "debug" } };
      const program = startProgram(["sh", "-c", "echo started; exec sleep 1000"], options);
      await program.waitForOutput("started");
      const { code, stdout, stderr } = await runProgram(["--health"], options);
      assert.deepEqual([code, stdout, stderr], [1, "health is off: `health: false` in the configuration\n", ""]);
      await stop(program);
      assert.doesNotMatch(program.stderr(), /serving health/);
    });

    test("every dependency has a check, and the worst decides", async () => {
      const database = await suite.database();
      const files = shopImage(database.url, "1.0.0", { "1_a": "SELECT 1;" });
      await upgrade(files);
      const dependencies = {
        good: { kind: "schema", url: database.url },
        bad: { kind: "release", url: database.url, requires: ">=2" },
      };
      const { program, url } = await startApp({ ...files, ...configuration({ app: { name: "shop" }, dependencies }) });
      const { text } = await waitForAnswer(`${url}/health`, 503, "behind");
      await waitForAnswer(`${url}/health/good`, 200);
      await waitForAnswer(`${url}/health/bad`, 503);
      assert.match(text, /bad is behind/);
      assert.equal((await ask(`${url}/livez`)).status, 200);
      await stop(program);
    });
  });

  describe("verdicts", { concurrency: 4 }, () => {
    test("unreachable: fail before it was ever compatible, then a warning, or always fail if configured", async () => {
      const server = await startPostgres();
      const url = server.urlOf("postgres");
      await upgrade(shopImage(url, "1.0.0", { "1_a": "SELECT 1;" }));
      const often = { intervalMs: 500 };
      const tolerant = await startApp({ ...schemaOnly(url, often), ...oneMigration });
      const strict = await startApp({ ...schemaOnly(url, { ...often, whenUnreachable: "fail" }), ...oneMigration });
      await waitForAnswer(`${tolerant.url}/health`, 200);
      await waitForAnswer(`${strict.url}/health`, 200);
      // Frozen: it accepts connections, and never answers.
      process.kill(server.pid, "SIGSTOP");
      const fresh = await startApp({ ...schemaOnly(url), ...oneMigration });
      const before = await waitForAnswer(`${fresh.url}/health`, 503, "unreachable");
      assert.match(
        String(checkOf(parseHealthJson(before.text), "schema")["output"]),
        /cannot reach Postgres at 127\.0\.0\.1/,
      );

      const warned = await waitForAnswer(`${tolerant.url}/health`, 200, "unreachable");
      const body = parseHealthJson(warned.text);
      assert.deepEqual([body.status, checkOf(body, "schema")["status"]], ["warn", "warn"]);
      assert.match(body.output ?? "", /schema is unreachable: cannot reach Postgres/);
      const failed = await waitForAnswer(`${strict.url}/health`, 503, "unreachable");
      assert.equal(parseHealthJson(failed.text).status, "fail");

      process.kill(server.pid, "SIGCONT");
      for (const { url } of [tolerant, strict, fresh]) {
        const { text } = await waitForAnswer(`${url}/health`, 200, '"status":"pass"');
        assert.equal(checkOf(parseHealthJson(text), "schema")["verdict"], "compatible");
      }
      await stop(tolerant.program, strict.program, fresh.program);
      await server.stop();
    });

    test("behind lists ten pending migrations in order, the number of others, and the command to run", async () => {
      const database = await suite.database();
      const names = Array.from({ length: 13 }, (_, index) => `${index + 1}_step`);
      const files = shopImage(database.url, "1.0.0", Object.fromEntries(names.map((name) => [name, "SELECT 1;"])));
      const { program, url } = await startApp(files);
      const { text } = await waitForAnswer(`${url}/health`, 503, "behind");
      const body = parseHealthJson(text);
      const check = checkOf(body, "schema");
      const ten = names.slice(0, 10);
      assert.equal(check["verdict"], "behind");
      assert.deepEqual(check["pending"], ten);
      assert.equal(check["pendingCount"], 13);
      const sentence = `13 migrations are not applied: ${ten.join(", ")} and 3 more. Run this image once with --upgrade.`;
      assert.equal(check["output"], sentence);
      assert.ok(`schema is behind: ${sentence}`.startsWith(body.output ?? "?"), text);
      assert.deepEqual([check["neededValue"], check["observedValue"]], ["13_step", "nothing"]);
      await stop(program);
    });

    test("an upgrade makes the new version healthy, and the old one stays healthy", async () => {
      const database = await suite.database();
      const files = { old: { "1_a": "SELECT 1;" }, new: { "1_a": "SELECT 1;", "2_b": "SELECT 2;" } };
      const oldFiles = shopImage(database.url, "1.0.0", files.old);
      const newFiles = shopImage(database.url, "2.0.0", files.new);
      await upgrade(oldFiles);
      const [older, newer] = [await startApp(oldFiles), await startApp(newFiles)];
      await waitForAnswer(`${older.url}/health`, 200);
      const { text } = await waitForAnswer(`${newer.url}/health`, 503, "behind");
      assert.deepEqual(checkOf(parseHealthJson(text), "schema")["pending"], ["2_b"]);
      await upgrade(newFiles);
      await waitForAnswer(`${newer.url}/health`, 200);
      assert.equal((await ask(`${older.url}/health`)).status, 200);
      // The old version can also restart on the newer database.
      const again = await startApp(oldFiles);
      const ahead = checkOf(parseHealthJson((await waitForAnswer(`${again.url}/health`, 200)).text), "schema");
      assert.deepEqual([ahead["neededValue"], ahead["observedValue"]], ["1_a", "2_b"]);
      await stop(older.program, newer.program, again.program);
    });

    test("upgrading: an upgrade holds the history table exclusively", async () => {
      const database = await suite.database();
      const files = shopImage(database.url, "1.0.0", { "1_a": "SELECT 1;" });
      await upgrade(files);
      const exclusive = `LOCK TABLE seaworthy.migrations IN ACCESS EXCLUSIVE MODE; ${passGate}`;
      const gate = await closeGate(database);
      const migration = startProgram(["--upgrade"], {
        workingDirectory: suite.image(shopImage(database.url, "2.0.0", { "1_a": "SELECT 1;", "2_b": exclusive }))
          .folder,
      });
      await waitForArrival(database);
      const { program, url } = await startApp(files);
      const { text } = await waitForAnswer(`${url}/health`, 503, "upgrading");
      const check = checkOf(parseHealthJson(text), "schema");
      assert.deepEqual([check["verdict"], check["status"]], ["upgrading", "fail"]);
      await gate.release();
      assert.equal((await migration.ended).code, 0);
      await waitForAnswer(`${url}/health`, 200);
      await stop(program);
    });

    test("unreadable: the role may not read the history, and the message has the fix", async () => {
      const database = await suite.database();
      await upgrade(shopImage(database.url, "1.0.0", { "1_a": "SELECT 1;" }));
      const role = `${new URL(database.url).pathname.slice(1)}_blind`;
      await database.query(
        `REVOKE SELECT ON seaworthy.migrations FROM PUBLIC; CREATE ROLE ${role} LOGIN PASSWORD 'blind'`,
      );
      const { program, url } = await startApp({
        ...schemaOnly(database.urlWith({ user: role, password: "blind" })),
        ...oneMigration,
      });
      const { text } = await waitForAnswer(`${url}/health`, 503, "unreadable");
      assert.match(text, /permission denied for table migrations\. Grant the app's role USAGE .* and SELECT/);
      await database.query("GRANT SELECT ON seaworthy.migrations TO PUBLIC");
      await waitForAnswer(`${url}/health`, 200);
      await stop(program);
      await database.query(`DROP ROLE ${role}`);
    });

    test("release: none, and below, within and above the range", async () => {
      const database = await suite.database();
      const release = (requires: string) => ({ kind: "release", url: database.url, requires });
      const dependencies = {
        nothing: { ...release(">=1"), app: "another" },
        below: release(">=2.10"),
        within: release("^2.1"),
        above: release("<2.0"),
        unparsable: { ...release(">=1"), app: "nightly" },
      };
      await upgrade(configuration({ app: { name: "shop", version: "2.9.0" }, upgrade: { url: database.url } }));
      await upgrade(configuration({ app: { name: "nightly", version: "main-abc" }, upgrade: { url: database.url } }));
      const { program, url } = await startApp(configuration({ app: { name: "shop" }, dependencies }));
      await waitForAnswer(`${url}/health/within`, 200);
      for (const [name, verdict, text] of [
        ["nothing", "behind", "no release of another is recorded, but >=1 is needed. Run another's image"],
        ["below", "behind", ">=2.10 is needed"],
        ["above", "outgrown", "<2.0"],
        ["unparsable", "unreadable", "main-abc"],
      ] as const) {
        const answer = await waitForAnswer(`${url}/health/${name}`, 503, text);
        assert.equal(checkOf(parseHealthJson(answer.text), name)["verdict"], verdict);
      }
      await stop(program);
    });
  });

  describe("--health", { concurrency: 4 }, () => {
    /** The output of a HEALTHCHECK. Amazon ECS treats any output on stderr as a failure. */
    async function probe(environment: Readonly<Record<string, string>>, files: ImageFiles = {}) {
      const { folder } = suite.image(files);
      const { code, stdout, stderr } = await runProgram(["--health"], { workingDirectory: folder, environment });
      assert.equal(stderr, "");
      return { code, stdout };
    }
    const listenOf = (url: string) => ({ SEAWORTHY_HEALTH_LISTEN: url.replace("http://", "") });

    test("exits 0 while healthy and 1 while not, with the body on stdout", async () => {
      const database = await suite.database();
      const files = shopImage(database.url, "1.0.0", { "1_a": "SELECT 1;" });
      const { program, url } = await startApp(files);
      await waitForAnswer(`${url}/health`, 503, "behind");
      const unhealthy = await probe(listenOf(url));
      assert.equal(unhealthy.code, 1);
      assert.match(unhealthy.stdout, /1 migration is not applied: 1_a\. Run this image once with --upgrade\./);
      await upgrade(files);
      await waitForAnswer(`${url}/health`, 200);
      const healthy = await probe(listenOf(url));
      assert.equal(healthy.code, 0);
      assert.equal(parseHealthJson(healthy.stdout).status, "pass");
      await stop(program);
    });

    for (const [name, filesFor] of Object.entries<(listen: string) => ImageFiles>({
      "the configuration": (listen) => configuration({ health: { listen } }),
      ".env": (listen) => ({ ".env": `SEAWORTHY_HEALTH_LISTEN=${listen}\n` }),
      "the configuration, which also warns": (listen) =>
        configuration({ health: { listen }, log: { level: "debug" }, upgrade: { url: "${UNSET}" } }),
    })) {
      test(`finds the address in the same place as run mode: ${name}`, async () => {
        const listen = `127.0.0.1:${await freePort()}`;
        const { folder } = suite.image(filesFor(listen));
        const environment = { ...withoutListen, SEAWORTHY_TYPO: "1" };
        const program = startProgram(["sleep", "1000"], { workingDirectory: folder, environment });
        await waitForAnswer(`http://${listen}/health`, 200);
        const { code, stderr } = await runProgram(["--health"], { workingDirectory: folder, environment });
        assert.deepEqual([code, stderr], [0, ""]);
        await stop(program);
        // Control: the warning is written if stderr is for people.
        assert.match(program.stderr(), /seaworthy ignores SEAWORTHY_TYPO/);
      });
    }

    test("exits 1 with a reason for an unreadable configuration", async () => {
      const { code, stdout } = await probe(withoutListen, configuration({ health: { listen: "${UNSET}" } }));
      assert.equal(code, 1);
      assert.match(stdout, /health\.listen: needs the environment variable UNSET/);
    });

    test("exits 1 with a reason if nothing listens", async () => {
      const { code, stdout } = await probe({ SEAWORTHY_HEALTH_LISTEN: `127.0.0.1:${await freePort()}` });
      assert.equal(code, 1);
      assert.match(stdout, /nothing is listening there\. Is seaworthy running the container\?/);
    });

    test("exits 1 with a reason if the supervisor is frozen", async () => {
      const { program, url } = await startApp({});
      await waitForAnswer(`${url}/health`, 200);
      await program.signal("SIGSTOP");
      const { code, stdout } = await probe(listenOf(url));
      assert.equal(code, 1);
      assert.match(stdout, /timed out after 2500 ms/);
      await program.signal("SIGCONT");
      await stop(program);
    });

    test("exits 1 with a reason if another server answers", async () => {
      const other = createTcpServer((socket) => socket.end("220 mail.example ESMTP\r\n")).listen(0, "127.0.0.1");
      await once(other, "listening");
      const { code, stdout } = await probe({
        SEAWORTHY_HEALTH_LISTEN: `127.0.0.1:${(other.address() as AddressInfo).port}`,
      });
      assert.equal(code, 1);
      assert.match(stdout, /the answer is not HTTP/);
      other.close();
    });

    for (const [name, listen] of Object.entries({
      "no address": "garbage",
      "a port beyond the last": "127.0.0.1:99999",
      "port 0": "127.0.0.1:0",
    })) {
      test(`exits 1 with a reason for ${name}`, async () => {
        const { code, stdout } = await probe({ SEAWORTHY_HEALTH_LISTEN: listen });
        assert.equal(code, 1);
        assert.match(stdout, /cannot ask for health at .*: set health\.listen/);
      });
    }
  });
});
