import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { scratchPath } from "../../harness/scratch.ts";
import { read } from "./read-up-part.ts";

describe("a mark of a template", () => {
  for (const [mark, sql] of [
    ["{{.prefix}}", "CREATE TABLE {{.prefix}}_a ();"],
    ['{{ template "shared/a.sql" . }}', '{{ template "shared/a.sql" . }}'],
    ["{% if x %}", "{% if x %}\nCREATE TABLE a ();\n{% endif %}"],
    ["{# note #}", "{# note #}\nCREATE TABLE a ();"],
    ["<%= prefix %>", "CREATE TABLE <%= prefix %>_a ();"],
    ["$PREFIX", "CREATE TABLE $PREFIX ();"],
    ["$(PREFIX)", "CREATE TABLE $(PREFIX).a ();"],
    ["{prefix}", "CREATE TABLE #{prefix} ();"],
    ["{{ name }}", 'CREATE TABLE "{{ name }}" ();'],
    ["$(PREFIX)", 'CREATE TABLE "$(PREFIX)_a" ();'],
    ["<%= p %>", 'CREATE TABLE "<%= p %>" ();'],
  ] as const) {
    test(`is refused: ${sql}`, () => {
      assert.throws(
        () => read(sql),
        ({ exitCode, message }: { exitCode: number; message: string }) =>
          exitCode === 78 && message.includes(`: "${mark}" is a placeholder of another tool`),
      );
    });
  }
  for (const sql of [
    "INSERT INTO mails VALUES ('Dear {{ name }}, {% if a %}', $$<%= b %> $(c) $D$$);",
    "INSERT INTO a VALUES ('{{1,2},{3,4}}');",
    "SELECT 'word' <% text AND text %> 'word';",
    "SELECT a<%b AS c;",
    'SET search_path TO "$user", public;',
    "PREPARE p AS SELECT $1, $2;",
    "DO $body$ BEGIN END $body$;",
    'SELECT a$b, "a$b";',
    "-- {{ x }} $Y <%= z %>\nSELECT 1;",
  ]) {
    test(`control: SQL as it is: ${sql}`, () => assert.equal(read(sql).sql, sql));
  }
  test("control: rows of COPY are left to the check for psql's files", () => {
    const sql = "COPY a FROM stdin;\n{{1,2}}\n\\.\n";
    assert.equal(read(sql).sql, sql);
  });
});

describe("inside a string", () => {
  function fileBeside(configuration: string, place: "." | ".."): string {
    const folder = join(scratchPath("app"), "migrations");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, place, configuration), "");
    return join(folder, "1_a.sql");
  }
  const sql = "INSERT INTO a VALUES ('{{ .prefix }}');";
  for (const place of [".", ".."] as const) {
    for (const [tool, configuration] of [
      ["tern", "tern.conf"],
      ["dbt", "dbt_project.yml"],
    ] as const) {
      test(`a mark is refused with ${place}/${configuration}`, () => {
        const path = fileBeside(configuration, place);
        assert.throws(() => read(sql, path), {
          exitCode: 78,
          message: new RegExp(`:1:24: .* placeholder of ${tool},`),
        });
      });
    }
  }
  test("control: a mark is text with another tool's configuration", () => {
    assert.equal(read(sql, fileBeside("knexfile.js", "..")).sql, sql);
  });
});
