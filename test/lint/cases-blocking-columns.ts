import type { RuleCases } from "./cases.ts";

/** Cases for the rules about columns and constraints. */
export const columnCases: readonly RuleCases[] = [
  {
    rule: "change-column-type",
    bad: [
      "ALTER TABLE users ALTER age TYPE bigint",
      "ALTER TABLE orders ALTER COLUMN nick SET DATA TYPE varchar(50) USING lower(nick)",
    ],
    good: [
      "CREATE TABLE draft (id int); ALTER TABLE draft ALTER id TYPE bigint",
      "ALTER TABLE orders ALTER total SET STATISTICS 500",
      "ALTER TABLE orders ALTER nick SET STORAGE EXTERNAL",
    ],
  },
  {
    rule: "set-not-null",
    bad: [
      "ALTER TABLE orders ALTER total SET NOT NULL",
      "ALTER TABLE orders ADD CONSTRAINT total_known NOT NULL total",
      // The CHECK is about another column.
      "ALTER TABLE orders ADD CONSTRAINT u CHECK (user_id IS NOT NULL) NOT VALID; ALTER TABLE orders ALTER total SET NOT NULL",
    ],
    good: [
      "ALTER TABLE orders VALIDATE CONSTRAINT orders_code_known; ALTER TABLE orders ALTER code SET NOT NULL; ALTER TABLE orders DROP CONSTRAINT orders_code_known",
      "ALTER TABLE orders ADD CONSTRAINT total_known NOT NULL total NOT VALID",
      "CREATE TABLE draft (id int); ALTER TABLE draft ALTER id SET NOT NULL",
    ],
  },
  {
    rule: "add-column-rewrite",
    bad: [
      "ALTER TABLE orders ADD uid uuid DEFAULT gen_random_uuid()",
      "ALTER TABLE orders ADD uid uuid NOT NULL DEFAULT gen_random_uuid()",
      "ALTER TABLE orders ADD at timestamptz DEFAULT clock_timestamp()",
      "ALTER TABLE orders ADD lot float DEFAULT 1 + random() * 2",
      "ALTER TABLE orders ADD no bigint DEFAULT nextval('ticket')",
      "ALTER TABLE orders ADD no bigserial",
      "ALTER TABLE orders ADD no int GENERATED ALWAYS AS IDENTITY",
      "ALTER TABLE orders ADD net numeric GENERATED ALWAYS AS (total / 2) STORED",
      "CREATE FUNCTION pick() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER TABLE orders ADD no int DEFAULT pick()",
      { sql: "ALTER TABLE orders ADD source text DEFAULT 'web'", serverVersion: 10 },
    ],
    good: [
      "ALTER TABLE orders ADD source text DEFAULT 'web' || lower('X')",
      "ALTER TABLE orders ADD at timestamptz NOT NULL DEFAULT now()",
      "ALTER TABLE orders ADD at timestamptz DEFAULT CURRENT_TIMESTAMP + interval '1 day'",
      "ALTER TABLE orders ADD tags text[] NOT NULL DEFAULT '{}'",
      "ALTER TABLE orders ADD net numeric GENERATED ALWAYS AS (total / 2) VIRTUAL",
      "ALTER TABLE orders ADD uid uuid; ALTER TABLE orders ALTER uid SET DEFAULT gen_random_uuid()",
      "CREATE FUNCTION pick() RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; ALTER TABLE orders ADD no int DEFAULT pick()",
      "CREATE TABLE draft (id int); ALTER TABLE draft ADD no bigserial",
      { sql: "ALTER TABLE orders ADD source text", serverVersion: 10 },
    ],
  },
  {
    rule: "add-foreign-key",
    bad: [
      "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users",
      "ALTER TABLE orders ADD owner int DEFAULT 1 REFERENCES users (id)",
    ],
    good: [
      "ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (user_id) REFERENCES users NOT VALID",
      "ALTER TABLE orders ADD owner int REFERENCES users (id)",
      "CREATE TABLE draft (user_id int REFERENCES users)",
      "CREATE TABLE draft (user_id int); ALTER TABLE draft ADD FOREIGN KEY (user_id) REFERENCES users",
      "ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (user_id) REFERENCES users NOT ENFORCED",
    ],
  },
  {
    rule: "add-check",
    bad: ["ALTER TABLE orders ADD CHECK (total > 0)", "ALTER TABLE orders ADD points int CHECK (points >= 0)"],
    good: [
      "ALTER TABLE orders ADD CHECK (total > 0) NOT VALID",
      "CREATE TABLE draft (id int); ALTER TABLE draft ADD CHECK (id > 0)",
    ],
  },
  {
    rule: "add-unique",
    bad: [
      "ALTER TABLE orders ADD UNIQUE (code)",
      "ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id)",
      "ALTER TABLE orders ADD slug text UNIQUE",
    ],
    good: [
      "ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY USING INDEX orders_id_unique",
      "CREATE TABLE draft (id int); ALTER TABLE draft ADD UNIQUE (id)",
    ],
  },
  {
    rule: "add-exclusion",
    bad: ["ALTER TABLE orders ADD EXCLUDE USING gist (during WITH &&)"],
    good: ["CREATE TABLE draft (during tsrange, EXCLUDE USING gist (during WITH &&))"],
  },
  {
    rule: "validate-in-same-migration",
    bad: [
      "ALTER TABLE orders ADD CONSTRAINT t CHECK (total > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT t",
      "ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (user_id) REFERENCES users NOT VALID; ALTER TABLE public.orders VALIDATE CONSTRAINT o",
    ],
    good: [
      "ALTER TABLE orders VALIDATE CONSTRAINT orders_code_known",
      {
        sql: "ALTER TABLE orders ADD CONSTRAINT t CHECK (total > 0) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT t",
        transaction: false,
      },
    ],
  },
  {
    rule: "add-domain-constraint",
    bad: ["ALTER DOMAIN price ADD CHECK (VALUE > 0)", "ALTER DOMAIN price SET NOT NULL"],
    good: [
      "ALTER DOMAIN price ADD CHECK (VALUE > 0) NOT VALID",
      "CREATE DOMAIN size AS int; ALTER DOMAIN size ADD CHECK (VALUE > 0)",
      "ALTER DOMAIN price SET DEFAULT 0",
    ],
  },
];
