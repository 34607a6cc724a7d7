import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createConnection } from "mysql2/promise";
import { createAuthority } from "../../harness/certificates.ts";
import { startContainer } from "../../harness/container.ts";
import { startWatched } from "../../harness/health.ts";
import { lookAt } from "../../harness/look.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";
import { lacksMariadb, startMariadb, type MariadbServer } from "../../harness/mariadb.ts";
import { mkdirSync, writeFileSync, chmodSync } from "node:fs";
import { join } from "node:path";

const folder = scratchPath("image");
const app = { name: "shop", version: "2.3.0" };

function tlsFlags(): readonly string[] {
  const { server, file } = createAuthority("goodbye");
  const [cert, key] = [scratchPath("server.pem"), scratchPath("server.key")];
  for (const [path, text] of [[cert, server.cert] as const, [key, server.key] as const]) {
    writeFileSync(path, text);
    chmodSync(path, 0o644);
  }
  return [`--ssl-cert=${cert}`, `--ssl-key=${key}`, `--ssl-ca=${file}`];
}

function suite(name: string, flags: () => readonly string[]): void {
  describe(`a look ends its session with the protocol's goodbye, ${name}`, { skip: lacksMariadb() ?? false }, () => {
    let server: MariadbServer;
    const counted = async (name: string) => {
      const [row] = await server.query(`SHOW GLOBAL STATUS LIKE '${name}'`);
      return Number(row?.["Value"]);
    };
    const dependencies = () => ({
      server: { kind: "server", url: server.url, requires: ">=10", intervalMs: 100 },
      schema: {
        kind: "schema",
        url: server.url,
        history: "prisma",
        migrations: join(folder, "prisma/migrations"),
        intervalMs: 100,
      },
    });
    /** The aborted sessions that the server has counted and logged, without those of a control. */
    const assertNoneAborted = async (expected = 0) => {
      // The server counts a session when it notices its end.
      await waitFor("the server to have no sessions", async () => (await counted("Threads_connected")) === 1);
      assert.equal(await counted("Aborted_clients"), expected, server.log());
      assert.equal(await counted("Aborted_connects"), 0, server.log());
      if (expected === 0) assert.doesNotMatch(server.log(), /Aborted connection/);
    };
    const lockTable = async () => {
      const locking = await createConnection({ socketPath: server.socket, user: "root", database: "shop" });
      await locking.query("LOCK TABLES _prisma_migrations WRITE");
      return { release: () => locking.end() };
    };

    before(async () => {
      const migration = join(folder, "prisma/migrations/20240101000000_init");
      mkdirSync(migration, { recursive: true });
      writeFileSync(join(migration, "migration.sql"), "SELECT 1;");
      server = await startMariadb(flags());
      await server.run(`CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at DATETIME(3),
        migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at DATETIME(3), started_at DATETIME(3) NOT NULL DEFAULT NOW(3),
        applied_steps_count INT UNSIGNED NOT NULL DEFAULT 0)`);
      await server.run(
        "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('1', 'x', NOW(), '20240101000000_init')",
      );
    });
    after(() => server.stop());

    test("for many looks, while the app runs and when it stops", async () => {
      const begun = await counted("Connections");
      using running = startWatched({ settings: { app, dependencies: dependencies() } });
      await running.untilVerdict("schema", "compatible");
      await waitFor("thirty sessions", async () => (await counted("Connections")) - begun > 60);
      await running.send("SIGTERM");
      await running.ended;
      for (let round = 0; round < 5; round++) {
        using container = startContainer({ build: "bundle", asPid1: false }, ["sh", "-c", "echo up; exec sleep 1000"], {
          settings: { app, dependencies: dependencies() },
        });
        await container.untilLine("up");
        const before = await counted("Connections");
        await waitFor("a look", async () => (await counted("Connections")) > before + 1);
        await container.send("SIGTERM");
        await container.ended;
      }
      await assertNoneAborted();
    });

    test("for --status", async () => {
      for (let round = 0; round < 5; round++) {
        const { looks } = await lookAt(dependencies());
        assert.deepEqual([looks["server"]?.verdict, looks["schema"]?.verdict], ["compatible", "compatible"]);
      }
      await assertNoneAborted();
    });

    test("for looks that time out", async () => {
      const lock = await lockTable();
      for (let round = 0; round < 3; round++) {
        const { looks } = await lookAt({ schema: { ...dependencies().schema, timeoutMs: 500 } });
        assert.equal(looks["schema"]?.verdict, "unreachable");
        assert.match(looks["schema"]?.reason ?? "", /it did not answer in time/);
      }
      await lock.release();
      await assertNoneAborted();
    });

    test("for a server that freezes and resumes", async () => {
      using running = startWatched({
        settings: { app, dependencies: { server: { ...dependencies().server, timeoutMs: 300 } } },
      });
      await running.untilVerdict("server", "compatible");
      process.kill(server.pid, "SIGSTOP");
      try {
        await running.untilVerdict("server", "unreachable");
      } finally {
        process.kill(server.pid, "SIGCONT");
      }
      await running.untilVerdict("server", "compatible");
      await running.send("SIGTERM");
      await running.ended;
      await assertNoneAborted();
    });

    test("for an interrupted --wait", async () => {
      const settings = { app, dependencies: { server: { ...dependencies().server, requires: ">=99" } } };
      for (let round = 0; round < 3; round++) {
        using waiting = startContainer({ build: "bundle", asPid1: false }, ["--wait"], { settings });
        await waiting.until("it waits", () => waiting.stderr().includes("waiting: server is behind"));
        await waiting.send("SIGTERM");
        assert.equal((await waiting.ended).code, 143);
      }
      await assertNoneAborted();
    });

    test("control: an aborted session is counted", async () => {
      const cut = await createConnection({ uri: server.url });
      cut.destroy();
      await waitFor("it to be counted", async () => (await counted("Aborted_clients")) === 1);
      await assertNoneAborted(1);
    });
  });
}

suite("without TLS", () => ["--skip-ssl"]);
suite("with TLS", tlsFlags);
