import type { RuleCases } from "./cases.ts";

/** Cases for the rules about objects that a migration drops, renames, moves or empties. */
export const objectCases: readonly RuleCases[] = [
  {
    rule: "drop-table",
    bad: [
      "DROP TABLE settings",
      "DROP TABLE IF EXISTS public.orders CASCADE",
      // The rows are lost, even if a new table replaces the old one.
      "DROP TABLE settings; CREATE TABLE settings (name text)",
      // A table with the same name in another schema.
      "CREATE TABLE archive.settings (name text); DROP TABLE settings",
      "CREATE TEMP TABLE settings (name text); DROP TABLE public.settings",
      "CREATE TEMP TABLE settings (name text); DROP TABLE settings; DROP TABLE settings",
      // If it exists, IF NOT EXISTS creates nothing.
      "CREATE TABLE IF NOT EXISTS settings (name text); DROP TABLE settings",
      "CREATE TABLE IF NOT EXISTS settings AS SELECT 1 AS name; DROP TABLE public.settings",
      "CREATE SCHEMA IF NOT EXISTS archive; CREATE TABLE IF NOT EXISTS public.settings (name text); DROP TABLE settings",
      "DO $$ BEGIN IF to_regclass('settings') IS NULL THEN CREATE TABLE settings (name text); END IF; END $$; DROP TABLE settings",
    ],
    good: [
      "CREATE TABLE draft (id int); DROP TABLE draft",
      "CREATE TEMP TABLE settings (id int); DROP TABLE pg_temp.settings",
      "CREATE SCHEMA work; SET search_path TO work; CREATE TABLE settings (id int); DROP TABLE work.settings",
      "CREATE SCHEMA work; CREATE TABLE work.a (id int); DROP TABLE work.a",
      "CREATE TABLE draft AS SELECT 1 AS id; DROP TABLE draft",
      "SELECT 1 AS id INTO draft; DROP TABLE draft",
      "CREATE TABLE draft (id int); ALTER TABLE draft RENAME TO note; DROP TABLE note",
    ],
  },
  {
    rule: "drop-view",
    bad: [
      "DROP VIEW open_orders",
      "CREATE OR REPLACE VIEW open_orders AS SELECT id, state FROM orders; DROP VIEW open_orders",
      "DROP MATERIALIZED VIEW totals",
      // Queries find no view between the two transactions.
      { sql: "DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT id FROM orders", transaction: false },
      // Filling the new view takes time while the old one is locked.
      "DROP MATERIALIZED VIEW totals; CREATE MATERIALIZED VIEW totals AS SELECT 1 AS user_id",
    ],
    good: [
      "DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT id, state, total FROM orders",
      "CREATE VIEW mine AS SELECT 1 AS one; DROP VIEW mine",
    ],
  },
  {
    rule: "drop-column",
    bad: [
      "ALTER TABLE orders DROP COLUMN nick",
      "ALTER TABLE ONLY public.orders DROP nick",
      "ALTER TABLE orders ADD COLUMN IF NOT EXISTS nick text; ALTER TABLE orders DROP COLUMN nick",
      "ALTER TYPE address DROP ATTRIBUTE town",
      "DO $$ BEGIN ALTER TABLE orders DROP COLUMN nick; END $$",
      "DO $$ BEGIN EXECUTE 'ALTER TABLE orders DROP COLUMN nick'; END $$",
      "DO 'BEGIN ALTER TABLE orders DROP COLUMN nick; END'",
    ],
    good: [
      "ALTER TABLE orders ADD COLUMN tmp int; ALTER TABLE orders DROP COLUMN tmp",
      "CREATE FUNCTION later() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ALTER TABLE orders DROP COLUMN nick; END $$",
    ],
  },
  {
    rule: "drop-object",
    bad: [
      "DROP FUNCTION tax(numeric)",
      // Calls of the old function no longer match.
      "DROP FUNCTION tax(numeric); CREATE FUNCTION tax(total numeric, rate numeric) RETURNS numeric LANGUAGE sql AS 'SELECT total * rate'",
      "DROP FUNCTION tax(numeric); CREATE FUNCTION tax(total int) RETURNS numeric LANGUAGE sql AS 'SELECT total * 0.2'",
      "DROP FUNCTION tax; CREATE FUNCTION tax(total text) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0'",
      {
        sql: "DROP FUNCTION tax(numeric); CREATE FUNCTION tax(total numeric) RETURNS text LANGUAGE sql AS 'SELECT total::text'",
        needsCatalog: true,
      },
      // PostgREST calls functions with named arguments.
      {
        sql: "DROP FUNCTION tax(numeric); CREATE FUNCTION tax(amount numeric) RETURNS numeric LANGUAGE sql AS 'SELECT amount * 0.2'",
        needsCatalog: true,
      },
      "DROP SEQUENCE ticket",
      // server.test.ts does not run this one: the server's only role cannot drop its own objects.
      ...[
        "DROP OWNED BY current_user",
        "DROP OWNED BY SESSION_USER RESTRICT",
        "DROP OWNED BY pg_monitor, current_role CASCADE",
        "CREATE ROLE helper; DROP OWNED BY helper, current_user",
        "CREATE ROLE helper; DROP OWNED BY helper, pg_monitor",
      ].map((sql) => ({ sql, transaction: false })),
      "DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER far",
      "CREATE SEQUENCE IF NOT EXISTS ticket; DROP SEQUENCE ticket",
      "CREATE SCHEMA IF NOT EXISTS archive; DROP SCHEMA archive",
      "CREATE EXTENSION IF NOT EXISTS plpgsql; DROP EXTENSION plpgsql CASCADE",
      "DO $$ BEGIN CREATE TYPE mood AS ENUM ('calm'); EXCEPTION WHEN duplicate_object THEN NULL; END $$; DROP TYPE mood CASCADE",
      "DROP TYPE address",
      "DROP SCHEMA archive CASCADE",
      "DROP TRIGGER orders_audit ON orders",
      "DROP POLICY orders_own ON orders",
      "DROP RULE orders_quiet ON settings",
      {
        sql: "DROP TRIGGER orders_audit ON orders; CREATE TRIGGER orders_audit BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION audit()",
        transaction: false,
      },
    ],
    good: [
      "CREATE ROLE helper; DROP OWNED BY helper; DROP ROLE helper",
      "CREATE ROLE helper; CREATE USER MAPPING FOR helper SERVER far; DROP USER MAPPING FOR helper SERVER far",
      "DROP FUNCTION tax(numeric); CREATE FUNCTION tax(total numeric, rate numeric DEFAULT 0.2) RETURNS numeric LANGUAGE sql AS 'SELECT total * rate'",
      {
        sql: "DROP FUNCTION tax; CREATE FUNCTION tax(total numeric, rate numeric DEFAULT 0.2) RETURNS numeric LANGUAGE sql AS 'SELECT total * rate'",
        needsCatalog: true,
      },
      "DROP TRIGGER IF EXISTS orders_audit ON orders; CREATE TRIGGER orders_audit BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION audit()",
      "DROP POLICY orders_own ON orders; CREATE POLICY orders_own ON orders USING (id > 0)",
      "CREATE TYPE size AS ENUM ('s', 'm'); DROP TYPE size",
      "CREATE TABLE draft (id int); CREATE RULE r AS ON DELETE TO draft DO ALSO NOTHING; DROP RULE r ON draft",
      "CREATE STATISTICS s ON id, state FROM orders; DROP STATISTICS s",
    ],
  },
  {
    rule: "rename-table",
    bad: [
      "ALTER TABLE orders RENAME TO purchases",
      "ALTER VIEW open_orders RENAME TO unpaid",
      "ALTER TABLE settings RENAME TO options; CREATE TABLE settings (name text)",
    ],
    good: [
      "ALTER TABLE settings RENAME TO options; CREATE VIEW settings AS SELECT * FROM options",
      "ALTER INDEX orders_state RENAME TO orders_by_state",
      "CREATE TABLE draft (id int); ALTER TABLE draft RENAME TO note; ALTER TABLE note DROP COLUMN id",
    ],
  },
  {
    rule: "rename-column",
    bad: ["ALTER TABLE orders RENAME COLUMN nick TO alias", "ALTER TYPE address RENAME ATTRIBUTE town TO city"],
    good: [
      "ALTER TABLE orders ADD a int; ALTER TABLE orders RENAME a TO b; ALTER TABLE orders DROP b",
      "CREATE TABLE draft (id int CONSTRAINT a PRIMARY KEY); ALTER TABLE draft RENAME CONSTRAINT a TO b",
    ],
  },
  {
    rule: "rename-object",
    bad: [
      "ALTER SEQUENCE ticket RENAME TO number",
      "ALTER FUNCTION tax RENAME TO vat",
      "ALTER SCHEMA archive RENAME TO attic",
      "ALTER TYPE mood RENAME TO temper",
    ],
    good: [
      "CREATE SEQUENCE a; ALTER SEQUENCE a RENAME TO b",
      "ALTER TRIGGER orders_audit ON orders RENAME TO orders_log",
    ],
  },
  {
    rule: "rename-enum-value",
    bad: ["ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'"],
    good: [
      "ALTER TYPE mood ADD VALUE 'calm' BEFORE 'happy'",
      "CREATE TYPE size AS ENUM ('s'); ALTER TYPE size RENAME VALUE 's' TO 'm'",
    ],
  },
  {
    rule: "set-schema",
    bad: ["ALTER TABLE settings SET SCHEMA archive", "ALTER FUNCTION tax SET SCHEMA archive"],
    good: [
      "ALTER TABLE settings SET SCHEMA archive; CREATE VIEW settings AS SELECT * FROM archive.settings",
      "CREATE TABLE draft (id int); ALTER TABLE draft SET SCHEMA archive; DROP TABLE archive.draft",
    ],
  },
  {
    rule: "truncate",
    bad: ["TRUNCATE settings", "TRUNCATE TABLE users, orders RESTART IDENTITY CASCADE"],
    good: ["CREATE TABLE draft (id int); TRUNCATE draft"],
  },
];
