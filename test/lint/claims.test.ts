import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startServer, type Server } from "./server.ts";

/** Runs queries of the previous version on a real Postgres after a breaking migration, and after the safe way. */
let server: Server;
before(async () => {
  server = await startServer();
});
after(() => server.close());

/** The SQLSTATE of the query, or its first row, in a transaction that is rolled back. */
async function outcomeOf(...statements: readonly string[]): Promise<unknown> {
  const { client } = server;
  await client.query("BEGIN");
  try {
    for (const sql of statements.slice(0, -1)) await client.query(sql);
    const result = await client.query<Record<string, unknown>>(statements.at(-1) ?? "");
    return result.rows[0] ?? `${result.rowCount} rows`;
  } catch (error) {
    return (error as { readonly code?: string }).code;
  } finally {
    await client.query("ROLLBACK");
  }
}

interface Claim {
  /** SQL that runs first. Default: none, only shop.ts. */
  readonly given?: string;
  /** Statements of the previous version. The last one has the outcome. */
  readonly query: string | readonly string[];
  readonly works: unknown;
  /** A migration after which the outcome is `broken`. */
  readonly breaking: string;
  readonly broken: unknown;
  /** A migration after which the outcome is still `works`. */
  readonly safe: string;
}

const insert = "INSERT INTO accounts (id, email) VALUES (99, 'user1')";

const claims: Readonly<Record<string, Claim>> = {
  "drop-constraint: ON CONFLICT with its columns": {
    query: `${insert} ON CONFLICT (email) DO NOTHING`,
    works: "0 rows",
    breaking: "ALTER TABLE accounts DROP CONSTRAINT accounts_email_unique",
    broken: "42P10",
    safe: "ALTER TABLE accounts DROP CONSTRAINT accounts_email_known",
  },
  "drop-constraint: a unique index": {
    query: "INSERT INTO orders (id, state) VALUES (1, 'open') ON CONFLICT (id) DO NOTHING",
    works: "0 rows",
    breaking: "DROP INDEX orders_id_unique",
    broken: "42P10",
    safe: "DROP INDEX orders_state",
  },
  "drop-constraint: a cascading delete": {
    query: ["DELETE FROM users WHERE id = 1", "SELECT count(*)::int AS left FROM accounts WHERE user_id = 1"],
    works: { left: 0 },
    breaking: "ALTER TABLE accounts DROP CONSTRAINT accounts_user",
    broken: { left: 1 },
    safe: "ALTER TABLE accounts DROP CONSTRAINT accounts_user, ADD CONSTRAINT accounts_user FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE NOT VALID",
  },
  "rename-constraint: ON CONFLICT ON CONSTRAINT": {
    query: `${insert} ON CONFLICT ON CONSTRAINT accounts_email_unique DO NOTHING`,
    works: "0 rows",
    breaking: "ALTER TABLE accounts RENAME CONSTRAINT accounts_email_unique TO other",
    broken: "42704",
    safe: "ALTER TABLE accounts RENAME CONSTRAINT accounts_age TO other",
  },
  "rename-constraint: the constraint's index": {
    query: `${insert} ON CONFLICT ON CONSTRAINT accounts_email_unique DO NOTHING`,
    works: "0 rows",
    breaking: "ALTER INDEX accounts_email_unique RENAME TO other",
    broken: "42704",
    safe: "ALTER INDEX orders_state RENAME TO other",
  },
  "change-function: a call that matches two functions": {
    query: "SELECT tax(100) = 20 AS same",
    works: { same: true },
    breaking:
      "CREATE OR REPLACE FUNCTION tax(total numeric, rate numeric DEFAULT 0.2) RETURNS numeric LANGUAGE sql AS 'SELECT total * rate'",
    broken: "42725",
    safe: "DROP FUNCTION tax(numeric); CREATE FUNCTION tax(total numeric, rate numeric DEFAULT 0.2) RETURNS numeric LANGUAGE sql AS 'SELECT total * rate'",
  },
  "drop-object: a function with other parameter names": {
    query: "SELECT tax(total => 100) = 20 AS same",
    works: { same: true },
    breaking:
      "DROP FUNCTION tax(numeric); CREATE FUNCTION tax(amount numeric) RETURNS numeric LANGUAGE sql AS 'SELECT amount * 0.2'",
    broken: "42883",
    safe: "CREATE OR REPLACE FUNCTION tax(total numeric) RETURNS numeric LANGUAGE sql AS 'SELECT total * 0.2'",
  },
  "view-loses-columns": {
    query: "SELECT state FROM open_orders WHERE id = 1",
    works: { state: "open" },
    breaking: "DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT id FROM orders",
    broken: "42703",
    safe: "DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT total, state, id FROM orders",
  },
  "change-owner: the rights of the old owner": {
    given: "ALTER TABLE settings OWNER TO pg_read_all_settings",
    query: ["SET LOCAL ROLE pg_read_all_settings", "SELECT count(*)::int AS n FROM settings"],
    works: { n: 0 },
    breaking: "ALTER TABLE settings OWNER TO pg_monitor",
    broken: "42501",
    safe: "ALTER TABLE settings OWNER TO pg_monitor; GRANT SELECT ON settings TO pg_read_all_settings",
  },
  "add-identity-always": {
    query: "INSERT INTO orders (id, state) VALUES (99, 'open')",
    works: "1 rows",
    breaking: "ALTER TABLE orders ALTER id ADD GENERATED ALWAYS AS IDENTITY",
    broken: "428C9",
    safe: "ALTER TABLE orders ALTER id ADD GENERATED BY DEFAULT AS IDENTITY",
  },
  "rule-instead: writes are lost": {
    query: "INSERT INTO settings VALUES ('a', 'b')",
    works: "1 rows",
    breaking: "CREATE RULE quiet AS ON INSERT TO settings DO INSTEAD NOTHING",
    broken: "0 rows",
    safe: "CREATE RULE also AS ON INSERT TO settings DO ALSO NOTHING",
  },
  "rule-instead: RETURNING fails": {
    query: "INSERT INTO settings VALUES ('a', 'b') RETURNING name",
    works: { name: "a" },
    breaking: "CREATE RULE quiet AS ON INSERT TO settings DO INSTEAD NOTHING",
    broken: "0A000",
    safe: "CREATE RULE also AS ON INSERT TO settings DO ALSO NOTHING",
  },
  "enable-row-security: a restrictive policy": {
    given:
      "GRANT USAGE ON SCHEMA public TO pg_monitor; GRANT SELECT ON orders TO pg_monitor; ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
    query: ["SET LOCAL ROLE pg_monitor", "SELECT count(*)::int AS n FROM orders"],
    works: { n: 10 },
    breaking: "CREATE POLICY few ON orders AS RESTRICTIVE USING (id > 5)",
    broken: { n: 5 },
    safe: "CREATE POLICY few ON orders USING (id > 5)",
  },
  "enable-row-security: another condition": {
    given:
      "GRANT USAGE ON SCHEMA public TO pg_monitor; GRANT SELECT ON orders TO pg_monitor; ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
    query: ["SET LOCAL ROLE pg_monitor", "SELECT count(*)::int AS n FROM orders"],
    works: { n: 10 },
    breaking: "ALTER POLICY orders_own ON orders USING (id > 5)",
    broken: { n: 5 },
    safe: "ALTER POLICY orders_own ON orders TO PUBLIC",
  },
  "no-lock-timeout: RESET ALL removes the transaction's limit": {
    given: "SET LOCAL lock_timeout = 5000",
    query: "SHOW lock_timeout",
    works: { lock_timeout: "5s" },
    breaking: "RESET ALL",
    broken: { lock_timeout: "0" },
    safe: "RESET work_mem",
  },
  "no-lock-timeout: less than half a millisecond means no limit": {
    given: "SET LOCAL lock_timeout = 5000",
    query: "SHOW lock_timeout",
    works: { lock_timeout: "5s" },
    breaking: "SELECT set_config('lock_timeout', '100us', true)",
    broken: { lock_timeout: "0" },
    safe: "SELECT set_config('lock_timeout', '5000', true)",
  },
};

describe("claims of the rules about the previous version", () => {
  for (const [title, { given, query, works, breaking, broken, safe }] of Object.entries(claims))
    test(title, async () => {
      const before = given === undefined ? [] : [given];
      const queries = typeof query === "string" ? [query] : query;
      assert.deepEqual(await outcomeOf(...before, ...queries), works, "before");
      assert.deepEqual(await outcomeOf(...before, breaking, ...queries), broken, breaking);
      assert.deepEqual(await outcomeOf(...before, safe, ...queries), works, safe);
    });

  test("repeated-alter-table: one statement scans the rows once, two scan them twice", async () => {
    const { client } = server;
    const read = async () => {
      const sql = "SELECT seq_tup_read::int AS rows FROM pg_stat_xact_user_tables WHERE relid = 'orders'::regclass";
      return (await client.query<{ readonly rows: number }>(sql)).rows[0]?.rows ?? 0;
    };
    const readBy = async (...statements: readonly string[]) => {
      await client.query("BEGIN");
      const before = await read();
      for (const sql of statements) await client.query(sql);
      const after = await read();
      await client.query("ROLLBACK");
      return after - before;
    };
    const [total, nick] = ["ALTER total SET NOT NULL", "ALTER nick SET NOT NULL"];
    assert.deepEqual(await readBy(`ALTER TABLE orders ${total}, ${nick}`), 10);
    assert.deepEqual(await readBy(`ALTER TABLE orders ${total}`, `ALTER TABLE orders ${nick}`), 20);
  });
});
