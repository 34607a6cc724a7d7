import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { lookAtDatabase } from "../../../src/dependencies/looks/look-at-database.ts";
import { connectPostgres } from "../../../src/platform/drivers/postgres.ts";
import { openSuite } from "../../harness/leaks.ts";
import { freePort } from "../../harness/postgres.ts";
import { waitFor } from "../../harness/wait.ts";

const suite = openSuite();
after(() => suite.end());
const database = await suite.database();
const closed = await freePort();

const applicationName = "seaworthy look";
/** Far longer than a look takes on a loaded machine, but shorter than a test may take. */
const connectTimeoutMs = 5000;

const lookAt = (url: string, sql: string, totalTimeoutMs = connectTimeoutMs) =>
  lookAtDatabase(
    (target) => connectPostgres({ url: target, applicationName, connectTimeoutMs, totalTimeoutMs }),
    { url },
    async (session) => {
      const [row] = await session.query(sql);
      return { verdict: "compatible", found: String(row?.["found"]) };
    },
  );

const raise = (sqlState: string) => `DO $$ BEGIN RAISE EXCEPTION 'no: it is so' USING ERRCODE = '${sqlState}'; END $$`;

describe("lookAtDatabase", { concurrency: 4 }, () => {
  test("it returns the answer", async () => {
    const observation = await lookAt(database.url, "SET LOCAL lock_timeout = 1; SELECT 'it''s' AS found");
    assert.deepEqual(observation, { verdict: "compatible", found: "it's" });
  });

  for (const [sqlState, verdict, reason] of [
    ["55P03", "upgrading", /^an upgrade has locked the history table$/],
    ["42501", "unreadable", /^no: it is so\. Grant the app's role USAGE on that schema and SELECT on its tables\.$/],
    ["22012", "unreadable", /^the database answered: no: it is so \(SQLSTATE 22012\)$/],
    // The answers of a pooler without its server, and of a server that shuts down.
    ["08P01", "unreachable", /^cannot reach Postgres at 127\.0\.0\.1:\d+\/test_\w+: no: it is so \(08P01\)\./],
    ["57P01", "unreachable", /^cannot reach Postgres at .* Wait until the server accepts connections\.$/],
  ] as const) {
    test(`SQLSTATE ${sqlState} is ${verdict}`, async () => {
      const observation = await lookAt(database.url, raise(sqlState));
      assert.equal(observation.verdict, verdict);
      assert.match(observation.reason ?? "", reason);
    });
  }

  test("a connection that breaks during a query is unreachable", async () => {
    const observation = await lookAt(database.url, "SELECT pg_terminate_backend(pg_backend_pid())");
    assert.equal(observation.verdict, "unreachable");
  });

  test("a late answer is unreachable, and the connection is closed", async () => {
    const sql = "SELECT pg_sleep(1000) /* too slow */";
    const observation = await lookAt(database.url, sql, 300);
    assert.equal(observation.verdict, "unreachable");
    assert.match(observation.reason ?? "", /it did not answer in time/);
    await database.query(
      "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%too slow%' AND pid <> pg_backend_pid()",
    );
    await waitFor("the end of its backend", async () => {
      const rows = await database.query(`SELECT pid FROM pg_stat_activity WHERE query = '${sql}'`);
      return rows.length === 0;
    });
  });

  for (const [name, url, reason] of [
    ["nothing listens", `postgres://u:pw@127.0.0.1:${closed}/db`, /connection refused\. Is the server running/],
    ["a wrong password", database.urlWith({ password: "wrong" }), /password authentication failed/],
    ["no password", database.urlWith({ password: "" }), /the server asks for a password\. Put it into the URL\./],
    ["no such database", database.urlWith({ database: "nowhere" }), /does not exist\. Create it/],
    [
      "a host that does not exist",
      "postgres://u:pw@no-such-host.invalid/db",
      // Whether a name server answers depends on the machine.
      /the host name no-such-host\.invalid (is not known|could not be looked up)/,
    ],
    [
      "a URL that is none",
      "postgres://u:pw@ho<st/db",
      /^cannot use the URL of the database: it is not a URL of Postgres: percent-encode/,
    ],
    [
      "a certificate that is not there",
      `${database.url}?sslmode=verify-full&sslrootcert=/no/such/file`,
      /^cannot use the URL of the database: ENOENT/,
    ],
    [
      "a certificate without its key",
      `${database.url}?sslcert=/no/such/file`,
      /^cannot use the URL of the database: the certificate \/no\/such\/file has no private key/,
    ],
  ] as const) {
    test(`${name} is unreachable, without the password`, async () => {
      const { verdict, reason: text = "" } = await lookAt(url, "SELECT 1");
      assert.equal(verdict, "unreachable");
      assert.match(text, reason);
      assert.doesNotMatch(text, /pw|wrong|story-secret/);
    });
  }

  test("a bug is reported as an internal error", async () => {
    const observation = await lookAtDatabase(
      () => Promise.reject(new TypeError("x is undefined")),
      { url: "" },
      () => assert.fail(),
    );
    assert.deepEqual(observation, { verdict: "unreadable", reason: "internal error: x is undefined" });
  });
});
