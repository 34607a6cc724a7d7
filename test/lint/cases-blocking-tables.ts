import type { RuleCases } from "./cases.ts";

/** Cases for the rules about indexes, partitions, locks, and writes to whole tables. */
export const tableCases: readonly RuleCases[] = [
  {
    rule: "add-index",
    bad: ["CREATE INDEX ON orders (user_id)", "CREATE UNIQUE INDEX IF NOT EXISTS u ON public.orders (lower(code))"],
    good: [
      { sql: "CREATE INDEX CONCURRENTLY orders_user ON orders (user_id)", transaction: false },
      "CREATE TABLE draft (id int); CREATE INDEX ON draft (id)",
      "CREATE INDEX ON ONLY events (id)",
      "CREATE MATERIALIZED VIEW two AS SELECT 2 AS n; CREATE UNIQUE INDEX ON two (n)",
    ],
  },
  {
    rule: "drop-index",
    bad: [
      // A new index on an old table.
      { sql: "CREATE INDEX CONCURRENTLY orders_nick ON orders (nick); DROP INDEX orders_nick", transaction: false },
      {
        sql: "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_state ON orders (state); DROP INDEX orders_state",
        transaction: false,
      },
      "DROP INDEX orders_state",
      "DROP INDEX IF EXISTS public.orders_state, totals_user",
    ],
    good: [
      { sql: "DROP INDEX CONCURRENTLY orders_state", transaction: false },
      "CREATE TABLE draft (id int); CREATE INDEX i ON draft (id); DROP INDEX i",
    ],
  },
  {
    rule: "reindex",
    bad: ["REINDEX TABLE orders", "REINDEX INDEX orders_state", { sql: "REINDEX SCHEMA public", transaction: false }],
    good: [
      { sql: "REINDEX TABLE CONCURRENTLY orders", transaction: false },
      { sql: "REINDEX (CONCURRENTLY) INDEX orders_state", transaction: false },
      "CREATE TABLE draft (id int PRIMARY KEY); REINDEX TABLE draft",
    ],
  },
  {
    rule: "rewrite-table",
    bad: [
      "CLUSTER orders USING orders_state",
      { sql: "VACUUM FULL orders", transaction: false },
      { sql: "VACUUM (FULL true, ANALYZE)", transaction: false },
      "ALTER TABLE orders SET UNLOGGED",
      "ALTER TABLE orders SET TABLESPACE pg_default",
      "ALTER TABLE orders ALTER gross SET EXPRESSION AS (total * 3)",
    ],
    good: [
      { sql: "VACUUM (FULL off, ANALYZE) orders", transaction: false },
      "ANALYZE orders",
      "ALTER TABLE orders SET (fillfactor = 70)",
      "CREATE TABLE draft (id int); ALTER TABLE draft SET UNLOGGED",
    ],
  },
  {
    rule: "detach-partition",
    bad: [
      "ALTER TABLE events DETACH PARTITION events_old",
      { sql: "ALTER TABLE events DETACH PARTITION events_old", serverVersion: 13 },
    ],
    good: [
      { sql: "ALTER TABLE events DETACH PARTITION events_old CONCURRENTLY", transaction: false },
      "CREATE TABLE part (LIKE events); ALTER TABLE events ATTACH PARTITION part FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
    ],
  },
  {
    rule: "refresh-materialized-view",
    bad: ["REFRESH MATERIALIZED VIEW totals", "REFRESH MATERIALIZED VIEW totals WITH NO DATA"],
    good: [
      "REFRESH MATERIALIZED VIEW CONCURRENTLY totals",
      "CREATE MATERIALIZED VIEW two AS SELECT 2 AS n WITH NO DATA; REFRESH MATERIALIZED VIEW two",
    ],
  },
  {
    rule: "lock-table",
    bad: ["LOCK TABLE orders", "LOCK orders, users IN SHARE MODE"],
    good: ["LOCK orders IN SHARE UPDATE EXCLUSIVE MODE", "CREATE TABLE draft (id int); LOCK draft"],
  },
  {
    rule: "lock-held",
    bad: [
      "ALTER TABLE orders ADD source text; UPDATE orders SET source = 'web' WHERE source IS NULL",
      "ALTER TABLE orders ADD source text; DELETE FROM users WHERE age < 18",
      "ALTER TABLE users ADD source text; ALTER TABLE orders VALIDATE CONSTRAINT orders_code_known",
      "CREATE TABLE draft (user_id int REFERENCES users); INSERT INTO draft SELECT id FROM users",
      "CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION audit(); UPDATE orders SET nick = lower(nick) WHERE nick <> ''",
      "ALTER TABLE users ADD source text; CREATE TABLE copy AS SELECT * FROM orders",
      "ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (user_id) REFERENCES users NOT VALID; INSERT INTO settings WITH x AS (SELECT email FROM users) SELECT email FROM x",
      { sql: "ALTER TABLE orders ADD source text; UPDATE orders SET source = 'web'", also: ["whole-table-write"] },
      {
        sql: "BEGIN; ALTER TABLE orders ADD source text; DELETE FROM users WHERE age < 18; COMMIT",
        transaction: false,
      },
    ],
    good: [
      "UPDATE orders SET nick = 'x' WHERE nick IS NULL; ALTER TABLE orders ADD source text",
      "ALTER TABLE orders ADD source text; UPDATE settings SET value = '1' WHERE name = 'version'",
      "ALTER TABLE orders ADD source text; DELETE FROM settings WHERE name IN ('a', 'b')",
      "ALTER TABLE orders ADD source text; INSERT INTO settings VALUES ('a', 'b'), ('c', 'd')",
      "ALTER TABLE orders ADD source text; INSERT INTO settings SELECT 'n' || n, '' FROM generate_series(1, 3) n",
      "CREATE TABLE draft (id int); INSERT INTO draft SELECT id FROM users; UPDATE draft SET id = id + 1",
      "ALTER TABLE orders ALTER nick SET STATISTICS 500; UPDATE orders SET nick = '' WHERE nick IS NULL",
      {
        sql: "ALTER TABLE orders ADD source text; UPDATE orders SET source = 'web' WHERE source IS NULL",
        transaction: false,
      },
    ],
  },
  {
    rule: "whole-table-write",
    bad: [
      "UPDATE orders SET nick = ''",
      "DELETE FROM settings WHERE true",
      "UPDATE orders SET nick = u.email FROM users u",
      { sql: "DELETE FROM settings", transaction: false },
    ],
    good: [
      "UPDATE orders SET nick = '' WHERE nick IS NULL",
      "CREATE TABLE draft (id int); DELETE FROM draft",
      "CREATE TEMP TABLE settings (a int); UPDATE settings SET a = 1",
    ],
  },
  {
    rule: "attach-partition",
    bad: ["ALTER TABLE events ATTACH PARTITION events_new FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')"],
    good: [
      "CREATE TABLE part (LIKE events); ALTER TABLE events ATTACH PARTITION part FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
      {
        sql: "ALTER TABLE events ATTACH PARTITION events_next FOR VALUES FROM ('2022-01-01') TO ('2023-01-01')",
        needsCatalog: true,
      },
      {
        sql: "ALTER TABLE events_new ADD CONSTRAINT fits CHECK (at >= '2021-01-01' AND at < '2022-01-01') NOT VALID; ALTER TABLE events_new VALIDATE CONSTRAINT fits; ALTER TABLE events ATTACH PARTITION events_new FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')",
        transaction: false,
      },
    ],
  },
  {
    rule: "repeated-alter-table",
    bad: [
      {
        sql: "ALTER TABLE users ALTER age TYPE bigint; ALTER TABLE public.users ALTER email TYPE varchar(50)",
        also: ["change-column-type"],
      },
      {
        sql: "ALTER TABLE orders ALTER total SET NOT NULL; SELECT 1; ALTER TABLE orders ALTER nick SET NOT NULL",
        also: ["set-not-null"],
      },
      {
        sql: "ALTER TABLE orders ADD CHECK (total > 0); ALTER TABLE orders ADD uid uuid DEFAULT gen_random_uuid()",
        also: ["add-check", "add-column-rewrite"],
      },
      { sql: "ALTER TABLE orders ADD a int; ALTER TABLE orders ADD b int", transaction: false },
    ],
    good: [
      // The transaction holds the lock, but scans no rows.
      "ALTER TABLE orders ADD a int; ALTER TABLE orders ADD b int",
      "ALTER TABLE orders ADD a int; ALTER TABLE users ADD a int",
      { sql: "ALTER TABLE orders ADD a int; ALTER TABLE users ADD a int", transaction: false },
      {
        sql: "ALTER TABLE orders ADD a int; UPDATE orders SET a = 1 WHERE id = 1; ALTER TABLE orders ADD b int",
        transaction: false,
      },
      {
        sql: "ALTER TABLE orders ADD CONSTRAINT t CHECK (total > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT t",
        transaction: false,
      },
      "CREATE TABLE draft (id int, no int); ALTER TABLE draft ALTER id TYPE bigint; ALTER TABLE draft ALTER no TYPE bigint",
      "ALTER TABLE orders ADD a int, ADD b int",
    ],
  },
  {
    rule: "no-lock-timeout",
    bad: [
      "SET lock_timeout = 0",
      "SET LOCAL lock_timeout TO '0'",
      "SET LOCAL lock_timeout TO DEFAULT",
      "SET SESSION lock_timeout = '0 s'",
      "SET LOCK_TIMEOUT = '0ms'",
      "RESET lock_timeout",
      "RESET ALL",
      "SELECT set_config('lock_timeout', '0', true)",
      "SELECT pg_catalog.set_config('LOCK_TIMEOUT', '100us', false), 1",
      { sql: "SET lock_timeout = 0; DISCARD ALL", transaction: false },
    ],
    good: [
      "SET lock_timeout = '30s'",
      "SET LOCAL lock_timeout = 500",
      "SET statement_timeout = 0",
      "SET LOCAL idle_in_transaction_session_timeout = 0",
      "SELECT set_config('lock_timeout', '2s', true)",
      "RESET work_mem",
      "COMMENT ON TABLE orders IS 'SET lock_timeout = 0'",
    ],
  },
];
