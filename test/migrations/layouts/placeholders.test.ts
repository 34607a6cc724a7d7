import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { read } from "./read-up-part.ts";

describe("a placeholder of a tool", () => {
  const flyway = "V1__a.sql";
  for (const sql of [
    "SELECT '${a}';",
    'SELECT 1 AS "${a}";',
    "DO $$ BEGIN PERFORM '${flyway:user}'; END $$;",
    "SELECT ${a};",
  ]) {
    test(`is refused in a file of Flyway: ${sql}`, () => {
      assert.throws(() => read(sql, flyway), {
        exitCode: 78,
        message: /^V1__a\.sql:1:\d+: "\$\{.*\}" is a placeholder of Flyway/,
      });
    });
  }
  for (const sql of ['CREATE TABLE "${schema}"."a" ();', "CREATE TABLE ${schema}.a ();"]) {
    test(`is refused anywhere outside of strings: ${sql}`, () => {
      assert.throws(() => read(sql), { exitCode: 78, message: /^1_a\.sql:1:\d+: "\$\{schema\}" / });
    });
  }
  for (const sql of [
    "SELECT * FROM a WHERE b = :'id';",
    "DROP TABLE :SCHEMA.a;",
    "INSERT INTO a VALUES (:id, 2);",
    'DROP TABLE :"name";',
  ]) {
    test(`is refused as a variable of psql: ${sql}`, () => {
      assert.throws(() => read(sql), { exitCode: 78, message: /^1_a\.sql:1:\d+: ":\S+" is a placeholder of psql/ });
    });
  }
  for (const sql of [
    "SELECT '1'::text, a::\"char\", (b)::int;",
    "SELECT a[1:2], a[:n], a[ :n ], a[n:m], a[:'1'];",
    "SELECT '{\"a\" :true}'::json, ':id';",
    "SELECT make_interval(days := 1);",
    "DO $$ DECLARE a int :=1; BEGIN a := :b; END $$;",
    "-- :id\nSELECT 1;",
    "INSERT INTO mails VALUES ('Dear ${name}');",
    "SELECT $$Dear ${name}$$;",
    "-- ${name}\nSELECT 1;",
    "SELECT E'${\\'}';",
    "SELECT '$' || '{';",
  ]) {
    test(`control: text in other files: ${sql}`, () => assert.equal(read(sql).sql, sql));
  }
  test("control: in a comment of a Flyway file", () => {
    assert.equal(read("-- ${name}\nSELECT 1;", flyway).sql, "-- ${name}\nSELECT 1;");
  });
});
