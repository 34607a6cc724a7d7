import type { RuleCases } from "./cases.ts";

/** Cases for the rules about objects that stay, and no longer accept or return what the previous version expects. */
export const behaviourCases: readonly RuleCases[] = [
  {
    rule: "drop-default",
    bad: [
      "ALTER TABLE orders ALTER code DROP DEFAULT",
      "ALTER DOMAIN price DROP DEFAULT",
      "ALTER TABLE orders ALTER serial_no DROP IDENTITY",
      "ALTER TABLE orders ALTER gross DROP EXPRESSION",
      // The previous version does not write the column, so its INSERTs fail.
      "ALTER TABLE orders ADD source text NOT NULL DEFAULT 'web'; ALTER TABLE orders ALTER source DROP DEFAULT",
    ],
    good: [
      "ALTER TABLE orders ALTER code SET DEFAULT 'old'",
      "ALTER TABLE orders ADD source text DEFAULT 'web'; ALTER TABLE orders ALTER source DROP DEFAULT",
    ],
  },
  {
    rule: "drop-not-null",
    bad: [
      "ALTER TABLE orders ALTER COLUMN state DROP NOT NULL",
      "ALTER DOMAIN price DROP NOT NULL",
      { sql: "ALTER TABLE orders DROP CONSTRAINT orders_state_not_null", needsCatalog: true },
    ],
    good: ["ALTER TABLE orders ADD source text NOT NULL DEFAULT ''; ALTER TABLE orders ALTER source DROP NOT NULL"],
  },
  {
    rule: "add-required-column",
    bad: [
      "ALTER TABLE events ADD source text NOT NULL",
      "ALTER TABLE orders ADD source text DEFAULT NULL::text NOT NULL",
    ],
    good: [
      "ALTER TABLE orders ADD source text",
      "ALTER TABLE orders ADD source text NOT NULL DEFAULT 'web'",
      "CREATE TABLE draft (id int); ALTER TABLE draft ADD source text NOT NULL",
    ],
  },
  {
    rule: "add-json-column",
    bad: ["ALTER TABLE orders ADD extra json"],
    good: ["ALTER TABLE orders ADD extra jsonb", "CREATE TABLE draft (extra json)"],
  },
  {
    rule: "disable-trigger",
    bad: [
      "ALTER TABLE orders DISABLE TRIGGER orders_audit",
      "ALTER TABLE orders DISABLE TRIGGER ALL",
      "ALTER TABLE settings DISABLE RULE orders_quiet",
      "ALTER TABLE orders DISABLE TRIGGER USER; ALTER TABLE orders ENABLE TRIGGER ALL",
    ],
    good: [
      "ALTER TABLE orders DISABLE TRIGGER orders_audit; ALTER TABLE orders ENABLE TRIGGER orders_audit",
      "ALTER TABLE orders ENABLE ALWAYS TRIGGER orders_audit",
      "CREATE TRIGGER t BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION audit()",
    ],
  },
  {
    rule: "enable-row-security",
    bad: [
      "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
      "ALTER TABLE orders FORCE ROW LEVEL SECURITY",
      "CREATE POLICY few ON orders AS RESTRICTIVE USING (id > 5)",
      "ALTER POLICY orders_own ON orders USING (id > 5)",
    ],
    good: [
      "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
      "CREATE POLICY more ON orders USING (id > 5)",
      "CREATE POLICY more ON orders USING (id > 5); ALTER POLICY more ON orders USING (id > 6)",
      "ALTER POLICY orders_own ON orders TO pg_monitor",
      "CREATE TABLE draft (id int); ALTER TABLE draft ENABLE ROW LEVEL SECURITY",
    ],
  },
  {
    rule: "revoke",
    bad: [
      "REVOKE SELECT ON orders FROM PUBLIC",
      "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC",
      "REVOKE pg_read_all_data FROM postgres",
      "CREATE TABLE draft (id int); REVOKE SELECT ON draft, orders FROM PUBLIC",
      'REVOKE INSERT ON TABLE public.orders, "users" FROM CURRENT_USER, SESSION_USER',
      "REVOKE UPDATE (nick) ON orders FROM CURRENT_ROLE",
      "CREATE ROLE helper; REVOKE SELECT ON orders FROM helper, PUBLIC",
      "REVOKE pg_read_all_data FROM CURRENT_USER",
      { sql: "ALTER GROUP pg_read_all_data DROP USER postgres", transaction: false },
    ],
    good: [
      "CREATE ROLE helper; GRANT ALL ON orders TO helper; REVOKE DELETE ON orders FROM helper",
      "CREATE ROLE helper; GRANT pg_read_all_data TO helper; REVOKE pg_read_all_data FROM helper",
      "CREATE ROLE readers; CREATE ROLE helper; ALTER GROUP readers ADD USER helper; ALTER GROUP readers DROP USER helper",
      "CREATE ROLE helper; GRANT pg_read_all_data TO helper WITH ADMIN OPTION; REVOKE ADMIN OPTION FOR pg_read_all_data FROM helper",
      "GRANT SELECT ON orders TO CURRENT_USER",
      "ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER IN SCHEMA public REVOKE ALL ON TABLES FROM pg_monitor",
      "GRANT SELECT ON orders TO PUBLIC",
      "CREATE TABLE draft (id int); REVOKE ALL ON draft FROM PUBLIC",
      "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
      "REVOKE GRANT OPTION FOR SELECT ON orders FROM postgres",
    ],
  },
  {
    rule: "drop-constraint",
    bad: [
      "ALTER TABLE accounts DROP CONSTRAINT accounts_email_unique",
      "ALTER TABLE accounts DROP CONSTRAINT accounts_user",
      "ALTER TABLE accounts DROP CONSTRAINT IF EXISTS accounts_age CASCADE",
      "ALTER TABLE accounts DROP CONSTRAINT accounts_pkey",
      "ALTER DOMAIN price DROP CONSTRAINT IF EXISTS positive",
      "ALTER TABLE orders DROP CONSTRAINT orders_code_known",
      { sql: "DROP INDEX CONCURRENTLY orders_id_unique", transaction: false, needsCatalog: true },
    ],
    good: [
      "CREATE TABLE draft (id int CONSTRAINT a PRIMARY KEY); ALTER TABLE draft DROP CONSTRAINT a",
      "ALTER TABLE accounts DROP CONSTRAINT accounts_age, ADD CONSTRAINT accounts_age CHECK (age > 18) NOT VALID",
      "ALTER TABLE accounts DROP CONSTRAINT accounts_user; ALTER TABLE accounts ADD CONSTRAINT accounts_user FOREIGN KEY (user_id) REFERENCES users NOT VALID",
      "ALTER TABLE orders ADD CONSTRAINT t CHECK (total > 0) NOT VALID; ALTER TABLE orders DROP CONSTRAINT t",
      { sql: "ALTER TABLE accounts DROP CONSTRAINT accounts_email_known", needsCatalog: true },
      { sql: "ALTER TABLE accounts DROP CONSTRAINT IF EXISTS never", needsCatalog: true },
      { sql: "DROP INDEX CONCURRENTLY orders_state", transaction: false, needsCatalog: true },
    ],
  },
  {
    rule: "rename-constraint",
    bad: [
      "ALTER TABLE accounts RENAME CONSTRAINT accounts_email_unique TO accounts_email",
      "ALTER TABLE orders RENAME CONSTRAINT orders_code_known TO orders_code",
      { sql: "ALTER INDEX accounts_email_unique RENAME TO accounts_email", needsCatalog: true },
    ],
    good: [
      "ALTER TABLE orders ADD CONSTRAINT t CHECK (total > 0) NOT VALID; ALTER TABLE orders RENAME CONSTRAINT t TO u",
      "ALTER INDEX orders_state RENAME TO orders_by_state",
    ],
  },
  {
    rule: "change-function",
    bad: [
      {
        sql: "CREATE FUNCTION tax(total numeric, rate numeric DEFAULT 0.2) RETURNS numeric LANGUAGE sql AS 'SELECT total * rate'",
        needsCatalog: true,
      },
      {
        sql: "CREATE OR REPLACE FUNCTION public.tax(total float8) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0'",
        needsCatalog: true,
      },
    ],
    good: [
      "CREATE OR REPLACE FUNCTION tax(total numeric) RETURNS numeric LANGUAGE sql AS 'SELECT total * 0.3'",
      "CREATE FUNCTION tax(total numeric, rate numeric) RETURNS numeric LANGUAGE sql AS 'SELECT total * rate'",
      "CREATE OR REPLACE FUNCTION archive.tax(total float8) RETURNS numeric LANGUAGE sql AS 'SELECT 1.0'",
      "CREATE FUNCTION vat(total numeric) RETURNS numeric LANGUAGE sql AS 'SELECT total'; CREATE FUNCTION vat(total int) RETURNS numeric LANGUAGE sql AS 'SELECT total'",
    ],
  },
  {
    rule: "view-loses-columns",
    bad: [
      { sql: "DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT id FROM orders", needsCatalog: true },
      {
        sql: "DROP VIEW open_orders; CREATE VIEW open_orders (id, status) AS SELECT id, state FROM orders",
        needsCatalog: true,
      },
      {
        sql: "ALTER TABLE settings RENAME TO options; CREATE VIEW settings AS SELECT name FROM options",
        needsCatalog: true,
      },
      {
        sql: "ALTER TABLE settings SET SCHEMA archive; CREATE VIEW settings AS SELECT name, lower(value) FROM archive.settings",
        needsCatalog: true,
      },
    ],
    good: [
      "DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT state, id, total FROM orders",
      "ALTER TABLE settings RENAME TO options; CREATE VIEW settings AS SELECT * FROM options",
      "ALTER TABLE settings RENAME TO options; CREATE VIEW settings AS SELECT name, NULL::text AS value FROM options",
    ],
  },
  {
    rule: "change-owner",
    bad: [
      "ALTER TABLE orders OWNER TO pg_monitor",
      "ALTER VIEW open_orders OWNER TO pg_monitor",
      "ALTER SEQUENCE ticket OWNER TO pg_monitor",
      "ALTER SCHEMA archive OWNER TO pg_monitor",
      "ALTER FUNCTION tax(numeric) OWNER TO pg_monitor",
      "ALTER TYPE mood OWNER TO pg_monitor",
      "ALTER DOMAIN price OWNER TO pg_monitor",
      'ALTER TABLE IF EXISTS ONLY public."orders" OWNER TO pg_monitor',
      "ALTER MATERIALIZED VIEW IF EXISTS totals OWNER TO pg_monitor",
      // server.test.ts does not run this one: it would affect the server's own roles.
      { sql: "REASSIGN OWNED BY CURRENT_USER TO pg_monitor", transaction: false },
      { sql: "SET ROLE pg_monitor; ALTER TABLE orders OWNER TO CURRENT_USER", transaction: false },
      { sql: "REASSIGN OWNED BY pg_read_all_data TO pg_monitor", transaction: false },
    ],
    good: [
      "CREATE TABLE draft (id int); ALTER TABLE draft OWNER TO pg_monitor",
      "CREATE FUNCTION vat() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION vat() OWNER TO pg_monitor",
      { sql: "ALTER TABLE orders OWNER TO postgres", needsCatalog: true },
      { sql: "ALTER TABLE IF EXISTS ONLY public.orders OWNER TO CURRENT_USER", needsCatalog: true },
      { sql: "ALTER SEQUENCE ticket OWNER TO CURRENT_ROLE", needsCatalog: true },
      { sql: "SET ROLE pg_monitor; RESET ROLE; ALTER VIEW open_orders OWNER TO CURRENT_USER", needsCatalog: true },
    ],
  },
  {
    rule: "add-identity-always",
    bad: [
      "ALTER TABLE orders ALTER id ADD GENERATED ALWAYS AS IDENTITY",
      "ALTER TABLE orders ALTER serial_no SET GENERATED ALWAYS",
      "ALTER TABLE orders ALTER serial_no SET START WITH 5 SET GENERATED ALWAYS",
    ],
    good: [
      "ALTER TABLE orders ALTER id ADD GENERATED BY DEFAULT AS IDENTITY",
      "ALTER TABLE orders ALTER serial_no SET GENERATED BY DEFAULT",
      "CREATE TABLE draft (id int NOT NULL); ALTER TABLE draft ALTER id ADD GENERATED ALWAYS AS IDENTITY",
    ],
  },
  {
    rule: "rule-instead",
    bad: [
      "CREATE RULE quiet AS ON INSERT TO settings DO INSTEAD NOTHING",
      "CREATE OR REPLACE RULE quiet AS ON UPDATE TO orders WHERE new.id > 5 DO INSTEAD NOTHING",
      "CREATE RULE elsewhere AS ON INSERT TO settings DO INSTEAD UPDATE settings SET value = new.value",
    ],
    good: [
      "CREATE RULE also AS ON INSERT TO settings DO ALSO NOTHING",
      "CREATE TABLE draft (id int); CREATE RULE quiet AS ON DELETE TO draft DO INSTEAD NOTHING",
      { sql: "CREATE RULE into_orders AS ON INSERT TO open_orders DO INSTEAD NOTHING", needsCatalog: true },
    ],
  },
];
