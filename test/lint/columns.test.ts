import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { describeColumn } from "../../src/lint/catalog/column-facts.ts";
import { createLinter, lintMigration, type LintOptions } from "../../src/lint/lint.ts";
import { startServer, type Server } from "./server.ts";

const types = [
  "varchar(10)",
  "varchar(20)",
  "varchar",
  "varchar(10)[]",
  "varchar(20)[]",
  "text",
  "char(20)",
  "numeric(10,2)",
  "numeric(12,2)",
  "numeric(12,4)",
  "numeric(12)",
  "numeric",
  "integer",
  "bigint",
  "timestamp(3)",
  "timestamp(6)",
  "timestamp",
  "timestamptz(3)",
  "timestamptz",
  "date",
  "time(3)",
  "time",
  "time(6)",
  "timetz(3)",
  "timetz",
  "interval",
  "interval(3)",
  "interval(5)",
  "bit(8)",
  "varbit(8)",
  "varbit(16)",
  "varbit",
  "cidr",
  "inet",
  "json",
  "jsonb",
];

let server: Server;
let options: LintOptions;
before(async () => {
  const tables = types.map((type, n) => {
    const index = type === "json" ? "" : `CREATE INDEX ON t${n} (c);`;
    return `CREATE TABLE t${n} (c ${type}); INSERT INTO t${n} SELECT NULL FROM generate_series(1, 10); ${index}`;
  });
  server = await startServer(`${tables.join("\n")}
    CREATE TABLE "Naïve ""t" (
      free int, required int NOT NULL, "Known C" int CONSTRAINT k CHECK ("Known C" IS NOT NULL),
      other int, later int, CHECK (other IS NOT NULL OR free > 1)
    );
    ALTER TABLE "Naïve ""t" ADD CONSTRAINT l CHECK (later IS NOT NULL) NOT VALID;
    ALTER TABLE "Naïve ""t" ADD CONSTRAINT n NOT NULL other NOT VALID;`);
  const session = {
    queryWith: async (sql: string, values: readonly unknown[] = []) =>
      (await server.client.query(sql, [...values])).rows,
  };
  options = { serverVersion: 18, describeColumn: (table, column) => describeColumn(session, table, column) };
});
after(() => server.close());

describe("a change of type", () => {
  test("passes only if the server rewrites no table and builds no index", async () => {
    const changes = types.flatMap((from, n) =>
      types
        .filter((to) => to !== from)
        .map((to) => ({ name: `${from} → ${to}`, sql: `ALTER TABLE t${n} ALTER c TYPE ${to}` })),
    );
    const lint = createLinter(options);
    const passed: string[] = [];
    const wrong: string[] = [];
    for (const { name, sql } of changes) {
      // Postgres refuses some changes without USING.
      const refusal = await server.refusalOf(sql, { transaction: true });
      const isHarmless = refusal === undefined && (await server.observe(sql)).touchedUnderLock.length === 0;
      const passes = (await lint([{ sql }])).flat().length === 0;
      if (passes) passed.push(name);
      if (passes !== isHarmless) wrong.push(`${name}: ${passes ? "passes" : "is found"}`);
    }
    assert.deepEqual(wrong, []);
    assert.notDeepEqual(passed, []);
  });

  test("passes only with a USING that changes nothing", async () => {
    const [column = ""] = types.flatMap((type, n) => (type === "varchar(10)" ? [`t${n}`] : []));
    const rulesFor = async (rest: string) =>
      (await lintMigration(`ALTER TABLE ${column} ALTER c TYPE ${rest}`, options)).map(({ rule }) => rule);
    for (const rest of ["text", "text USING c", "text USING c::text"]) assert.deepEqual(await rulesFor(rest), [], rest);
    for (const rest of ["text USING lower(c)", "text USING c::int::text", 'text COLLATE "C"'])
      assert.deepEqual(await rulesFor(rest), ["change-column-type"], rest);
  });

  test("is found if there is no database, or if it lacks the column", async () => {
    const sql = "ALTER TABLE missing ALTER c TYPE text";
    for (const means of [options, {}])
      assert.deepEqual(
        (await lintMigration(sql, means)).map(({ rule }) => rule),
        ["change-column-type"],
      );
  });
});

describe("SET NOT NULL", () => {
  const set = (column: string) => `ALTER TABLE "Naïve ""t" ALTER ${column} SET NOT NULL`;
  const rulesFor = async (sql: string, serverVersion = 18) =>
    (await lintMigration(sql, { ...options, serverVersion })).map(({ rule }) => rule);

  test("passes if the column is already NOT NULL, or a valid check proves it", async () => {
    assert.deepEqual(await rulesFor(set("required")), []);
    assert.deepEqual(await rulesFor(set('"Known C"')), []);
    assert.deepEqual(await rulesFor(set('"Known C"'), 11), ["set-not-null"]);
  });

  test("is found without a check, or with one that proves only part of it", async () => {
    for (const column of ["free", "other", "later"])
      assert.deepEqual(await rulesFor(set(column)), ["set-not-null"], column);
  });

  test("passes only if the migration validates the right check first", async () => {
    const validate = (name: string) => `ALTER TABLE "Naïve ""t" VALIDATE CONSTRAINT ${name}`;
    assert.deepEqual(await rulesFor(`${validate("l")}; ${set("later")}`), []);
    assert.deepEqual(await rulesFor(`${validate("k")}; ${set("later")}`), ["set-not-null"]);
  });
});
