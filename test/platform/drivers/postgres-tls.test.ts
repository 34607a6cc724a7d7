import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connectPostgres } from "../../../src/platform/drivers/postgres.ts";
import { appPassword, bin, createCluster, withoutCluster, type Cluster } from "../../harness/cluster.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";
import { withoutTls, withTls, type Row } from "./cases-postgres-tls.ts";
import { authority, ca, other } from "./issue-certificates.ts";

const hba = `local all all trust
hostssl all only_tls all scram-sha-256
hostnossl all only_plain all scram-sha-256
hostssl all by_cert all cert
host all shop,postgres all scram-sha-256
`;

const asked = "SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()";

describe("TLS with Postgres", { skip: withoutCluster }, () => {
  let cluster: Cluster;
  const home = scratchPath("home");
  const previousHome = process.env["HOME"];

  before(async () => {
    mkdirSync(home);
    // Do not use this machine's ~/.postgresql.
    process.env["HOME"] = home;
    cluster = await createCluster();
    for (const role of ["only_tls", "only_plain", "by_cert"])
      await cluster.query(`CREATE ROLE ${role} LOGIN PASSWORD '${appPassword}'`);
    cluster.write("own.crt", authority.server.cert);
    cluster.write("own.key", authority.server.key);
    cluster.write("clients.crt", readFileSync(ca, "utf8"));
    cluster.write("pg_hba.conf", hba);
    await cluster.query("SELECT pg_reload_conf()");
  });
  after(async () => {
    if (previousHome !== undefined) process.env["HOME"] = previousHome;
    await cluster.remove();
  });

  const urlOf = ({ user = "shop", host = "127.0.0.1", query }: Row) =>
    `postgres://${user}:${appPassword}@${host}:${cluster.port}/shop?${query}`;

  const ourAnswer = async (row: Row, variables = {}): Promise<boolean | string> => {
    try {
      const session = await connectPostgres({
        url: urlOf(row),
        variables,
        applicationName: "test",
        connectTimeoutMs: 5000,
      });
      const [answer] = await session.query(asked);
      await session.close();
      return answer?.["ssl"] === true;
    } catch (error) {
      return (error as Error).message;
    }
  };

  /** The result of libpq for the same URL. */
  const libpqsAnswer = (row: Row): boolean | string => {
    const { status, stdout, stderr } = spawnSync(bin("psql"), ["-XAtw", "-c", asked, urlOf(row)], {
      encoding: "utf8",
      env: { HOME: home, LC_ALL: "C" },
    });
    return status === 0 ? stdout.trim() === "t" : stderr;
  };

  const assertAnswer = (answer: boolean | string, { expected }: Row) => {
    if (typeof expected === "boolean") return assert.equal(answer, expected);
    assert.equal(typeof answer, "string", `a session, encrypted: ${answer}`);
    assert.match(String(answer), expected);
    assert.doesNotMatch(String(answer), /BEGIN|key-password|app-secret/);
  };

  const matrix = (name: string, setting: string, rows: readonly Row[]): void => {
    describe(name, () => {
      before(async () => {
        await cluster.query("ALTER SYSTEM SET ssl_cert_file = 'own.crt'");
        await cluster.query("ALTER SYSTEM SET ssl_key_file = 'own.key'");
        await cluster.query("ALTER SYSTEM SET ssl_ca_file = 'clients.crt'");
        await cluster.query(`ALTER SYSTEM SET ssl = ${setting}`);
        await cluster.shutDown();
        await cluster.start();
      });
      for (const row of rows) {
        test(`${row.user ?? "shop"}@${row.host ?? "127.0.0.1"} ${row.query}`, async () => {
          assertAnswer(await ourAnswer(row), row);
          if (row.isNew === true) return;
          const theirs = libpqsAnswer(row);
          const isSame = typeof row.expected === "boolean" ? theirs === row.expected : typeof theirs === "string";
          assert.ok(isSame, `libpq: ${theirs}`);
        });
      }
    });
  };

  matrix("a server with TLS", "on", withTls);

  describe("settings that the URL leaves out", () => {
    test("come from libpq's variables, and the URL wins", async () => {
      assert.equal(await ourAnswer({ query: "", expected: false }, { PGSSLMODE: "disable" }), false);
      assert.equal(await ourAnswer({ query: "sslmode=require", expected: true }, { PGSSLMODE: "disable" }), true);
      assertAnswer(await ourAnswer({ query: "", expected: true }, { PGSSLMODE: "verify-full", PGSSLROOTCERT: other }), {
        query: "",
        expected: /certificate/,
      });
      assertAnswer(await ourAnswer({ query: "", expected: true }, { PGSSLMODE: "strict" }), {
        query: "",
        expected: /the parameter PGSSLMODE must be one of/,
      });
    });

    test("come from ~/.postgresql, as in libpq", async () => {
      mkdirSync(join(home, ".postgresql"));
      writeFileSync(join(home, ".postgresql/root.crt"), readFileSync(other));
      const rows: readonly Row[] = [
        { query: "sslmode=require", expected: /certificate/ },
        { query: "sslmode=verify-full", expected: /certificate/ },
        { query: `sslmode=verify-full&sslrootcert=${ca}`, expected: true },
        { query: "", expected: false },
      ];
      try {
        for (const row of rows) {
          assertAnswer(await ourAnswer(row), row);
          assert.equal(typeof libpqsAnswer(row), typeof row.expected === "boolean" ? "boolean" : "string", row.query);
        }
      } finally {
        rmSync(join(home, ".postgresql"), { recursive: true });
      }
    });
  });

  test("a wrong password is reported as such, after one try, in each mode", async () => {
    for (const mode of ["disable", "allow", "prefer", "require"]) {
      const url = urlOf({ user: "only_tls", query: `sslmode=${mode}`, expected: true }).replace(appPassword, "wr0ng");
      const error = await connectPostgres({ url, applicationName: "test", connectTimeoutMs: 5000 }).then(
        () => assert.fail(),
        (error: unknown) => String(error),
      );
      assert.match(error, mode === "disable" ? /no encryption/ : /password authentication failed/);
      assert.doesNotMatch(error, /wr0ng/);
    }
  });

  test("a cancel request is as secure as its session", async () => {
    // The first bytes of each connection, as seen on the network.
    const beginnings: string[] = [];
    const between = createServer((socket) => {
      const onward = connect(cluster.port, "127.0.0.1");
      socket.once("data", (data: Buffer) => beginnings.push(data.subarray(0, 8).toString("hex")));
      socket.on("error", () => {}).pipe(onward);
      onward.on("error", () => {}).pipe(socket);
    }).listen(0, "127.0.0.1");
    await once(between, "listening");
    const { port } = between.address() as AddressInfo;
    const url = urlOf({ query: `sslmode=verify-full&sslrootcert=${ca}`, expected: true }).replace(
      `:${cluster.port}/`,
      `:${port}/`,
    );
    const session = await connectPostgres({ url, applicationName: "test", connectTimeoutMs: 5000 });
    try {
      const slow = assert.rejects(session.query("SELECT pg_sleep(60)"), { sqlState: "57014" });
      await waitFor("the query to run", async () => {
        const rows = await cluster.query(
          "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
        );
        return rows.length > 0;
      });
      await session.cancel();
      await slow;
      const requestForTls = "0000000804d2162f";
      assert.deepEqual(beginnings, [requestForTls, requestForTls]);
    } finally {
      await session.close();
      between.close();
    }
  });

  matrix("a server without TLS", "off", withoutTls);
});
