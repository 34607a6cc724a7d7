import type { RuleCases } from "./cases.ts";

/** Cases for every rule about statements that fail or cannot be checked. */
export const failingCases: readonly RuleCases[] = [
  {
    rule: "needs-no-transaction",
    bad: [
      "CREATE INDEX CONCURRENTLY ON orders (user_id)",
      "CREATE TABLE draft (id int); CREATE INDEX CONCURRENTLY ON draft (id)",
      "DROP INDEX CONCURRENTLY orders_state",
      "REINDEX INDEX CONCURRENTLY orders_state",
      { sql: "REINDEX SCHEMA public", also: ["reindex"] },
      "VACUUM ANALYZE orders",
      "CREATE DATABASE other",
      "ALTER SYSTEM SET work_mem = '4MB'",
      "ALTER TABLE events DETACH PARTITION events_old CONCURRENTLY",
      { sql: "BEGIN; CREATE INDEX CONCURRENTLY ON orders (user_id); COMMIT", transaction: false },
      { sql: "DO $$ BEGIN CREATE INDEX CONCURRENTLY ON orders (user_id); END $$", transaction: false },
      { sql: "ALTER TYPE mood ADD VALUE 'calm'", serverVersion: 11 },
    ],
    good: [
      { sql: "VACUUM ANALYZE orders", transaction: false },
      { sql: "BEGIN; COMMIT; CREATE INDEX CONCURRENTLY ON orders (user_id)", transaction: false },
      "ALTER TYPE mood ADD VALUE 'calm'",
    ],
  },
  {
    rule: "enum-value-used-early",
    bad: [
      "ALTER TYPE mood ADD VALUE 'calm'; UPDATE users SET mood = 'calm' WHERE id = 1",
      "ALTER TYPE mood ADD VALUE 'calm'; ALTER TABLE users ALTER mood SET DEFAULT 'calm'",
      "DO $$ BEGIN ALTER TYPE mood ADD VALUE 'calm'; INSERT INTO users (id, mood) VALUES (99, 'calm'); END $$",
    ],
    good: [
      "ALTER TYPE mood ADD VALUE 'calm' AFTER 'sad'; ALTER TYPE mood ADD VALUE 'wild' AFTER 'calm'",
      { sql: "ALTER TYPE mood ADD VALUE 'calm'; INSERT INTO users (id, mood) VALUES (99, 'calm')", transaction: false },
      "CREATE TYPE size AS ENUM ('s'); ALTER TYPE size ADD VALUE 'm'; SELECT 'm'::size",
    ],
  },
  {
    rule: "replace-refused",
    bad: [
      { sql: "CREATE OR REPLACE VIEW open_orders AS SELECT id FROM orders", needsCatalog: true },
      { sql: "CREATE OR REPLACE VIEW open_orders AS SELECT state, id FROM orders", needsCatalog: true },
      {
        sql: "CREATE OR REPLACE VIEW public.open_orders (id, status) AS SELECT id, state FROM orders",
        needsCatalog: true,
      },
      {
        sql: "CREATE OR REPLACE FUNCTION tax(total numeric) RETURNS text LANGUAGE sql AS 'SELECT total::text'",
        needsCatalog: true,
      },
      {
        sql: "CREATE OR REPLACE FUNCTION tax(amount numeric) RETURNS numeric LANGUAGE sql AS 'SELECT amount'",
        needsCatalog: true,
      },
      {
        sql: "CREATE OR REPLACE FUNCTION discount(numeric, numeric) RETURNS numeric LANGUAGE sql AS 'SELECT $1 - $2'",
        needsCatalog: true,
      },
    ],
    good: [
      "CREATE OR REPLACE VIEW open_orders AS SELECT id, state, total FROM orders",
      "CREATE OR REPLACE FUNCTION tax(total numeric) RETURNS numeric LANGUAGE sql AS 'SELECT total'",
      "CREATE OR REPLACE FUNCTION moods(mood[], VARIADIC varchar[]) RETURNS SETOF mood LANGUAGE sql AS 'SELECT unnest($1)'",
    ],
  },
  {
    rule: "syntax-error",
    bad: [
      "SELEC 1",
      "DROP TABLE orders; CREATE TABLE (",
      "\\connect other",
      "COPY settings FROM stdin;\na\tb\n\\.\n",
      "SELECT 'open",
    ],
    good: [
      "",
      ";;",
      "-- nothing\n/* at /* all */ */",
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END; SELECT f()",
    ],
  },
  {
    rule: "not-checked",
    bad: [`UPDATE settings SET value = '' WHERE name = 'a' || ${Array(20_000).fill("'b'").join("||")}`],
    good: [`INSERT INTO settings VALUES (${Array(20_000).fill("'b'").join("||")})`],
  },
];
