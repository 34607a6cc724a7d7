import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { missing, wantedOf, write } from "./look-at-tool.ts";

suite("Flyway", () => {
  const table = (...rows: readonly string[]) =>
    `CREATE TABLE flyway_schema_history (installed_rank integer primary key, version text, description text, type text, script text, success boolean);` +
    rows.map((row, rank) => `INSERT INTO flyway_schema_history VALUES (${rank + 1}, ${row});`).join("");
  const done = (version: string, type = "SQL", success = 1) => `'${version}', 'x', '${type}', 'V', ${success}`;

  test("versions compare as numbers in every spelling", async () => {
    const image = write({
      "V1__a.sql": "",
      "V1_2__b.sql": "",
      "V1.10__c.sql": "",
      "V02.0__d.sql": "",
      "V20240101.0001__e.sql": "",
    });
    assert.deepEqual(wantedOf("flyway", image).slice(0, 3), ["V1__a", "V1_2__b", "V1.10__c"]);
    assert.deepEqual(
      await missing(
        "flyway",
        image,
        table(done("1.0.0"), done("001.02"), done("1.10.0"), done("2"), done("20240101.1")),
      ),
      [],
    );
    assert.deepEqual(
      await missing("flyway", image, table(done("1"), done("1.2"), done("1.1"), done("20"), done("20240101.0001"))),
      ["V1.10__c", "V02.0__d"],
    );
  });

  test("a baseline covers all versions up to its own", async () => {
    const image = write({
      "V1__a.sql": "",
      "V1_9__b.sql": "",
      "V1_10__c.sql": "",
      "B1_9__sum.sql": "",
      "U1_9__b.sql": "",
    });
    assert.deepEqual(await missing("flyway", image, table(done("1.9", "BASELINE"))), ["V1_10__c"]);
    assert.deepEqual(await missing("flyway", image, table(done("1.9", "SQL_BASELINE"))), ["V1_10__c"]);
  });

  test("an undone or deleted migration is not applied until it runs again", async () => {
    const image = write({ "V1__a.sql": "", "V2__b.sql": "" });
    assert.deepEqual(await missing("flyway", image, table(done("1"), done("2"), done("2", "UNDO_SQL"))), ["V2__b"]);
    assert.deepEqual(await missing("flyway", image, table(done("1"), done("2"), done("2", "DELETE"))), ["V2__b"]);
    assert.deepEqual(await missing("flyway", image, table(done("1"), done("2"), done("2", "UNDO_SQL"), done("2"))), []);
  });
});

suite("Liquibase", () => {
  const table = (...rows: readonly string[]) =>
    `CREATE TABLE DATABASECHANGELOG (id text, author text, filename text, exectype text, md5sum text, orderexecuted integer);` +
    rows.map((row, index) => `INSERT INTO DATABASECHANGELOG VALUES (${row}, 'EXECUTED', '8:', ${index});`).join("");
  const sql = (id: string, attributes = "") =>
    `--liquibase formatted sql\n--changeset ann:${id} ${attributes}\nSELECT 1;\n`;

  test("a recorded path may start anywhere, but must match only one file", async () => {
    const image = write({ "db/a/users.sql": sql("1"), "db/b/users.sql": sql("1") });
    const at = (...paths: readonly string[]) => table(...paths.map((path) => `'1', 'ann', '${path}'`));
    assert.deepEqual(await missing("liquibase", image, at("a/users.sql", "b/users.sql")), []);
    assert.deepEqual(
      await missing("liquibase", image, at("classpath:/db/a/users.sql", "classpath:db/b/users.sql")),
      [],
    );
    assert.deepEqual(await missing("liquibase", image, at("db/a/users.sql")), ["db/b/users.sql::1::ann"]);
    // The path matches two files, so it counts for neither.
    assert.equal((await missing("liquibase", image, at("users.sql"))).length, 2);
  });

  test("includes, folders, logical paths, other databases and ignored change sets", () => {
    const image = write({
      "master.yaml":
        "databaseChangeLog:\n- include:\n    file: one.xml\n    relativeToChangelogFile: true\n- includeAll:\n    path: more/\n- changeSet:\n    id: last\n    author: ann\n",
      "one.xml": `<databaseChangeLog logicalFilePath="logical.xml"><!-- <changeSet id="no" author="no"/> --><changeSet author="ann &amp; bob" id="1"><sql><![CDATA[<changeSet id="no" author="no">]]></sql></changeSet><changeSet id="2" author="ann" ignore="true"/></databaseChangeLog>`,
      "more/b.json": '{"databaseChangeLog": [{"changeSet": {"id": 7, "author": "ann", "dbms": "!sqlite"}}]}',
      "more/a.sql": `${sql("1", "dbms:postgresql,mariadb")}--changeset "the author":"the id" runOnChange:true\nSELECT 1;\n`,
      "unused.xml": "<other/>",
    });
    const first = "logical.xml::1::ann & bob";
    const last = "master.yaml::last::ann";
    assert.deepEqual(wantedOf("liquibase", image), [first, "more/a.sql::the id::the author", last]);
    assert.deepEqual(wantedOf("liquibase", image, "mysql"), [
      first,
      "more/a.sql::1::ann",
      "more/a.sql::the id::the author",
      "more/b.json::7::ann",
      last,
    ]);
    assert.deepEqual(wantedOf("liquibase", join(image, "master.yaml")), wantedOf("liquibase", image));
  });
});
