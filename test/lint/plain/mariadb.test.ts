import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { mysqlDialect } from "../../../src/migrations/sql/dialect.ts";
import { readExistingObjects } from "../../../src/lint/plain/existing-objects.ts";
import { rulesIn } from "./linting.ts";

const server = useMariadb();
const skip = lacksMariadb() ?? false;

const tables = `SET foreign_key_checks = 0; DROP TABLE IF EXISTS child, t, parent; SET foreign_key_checks = 1;
  CREATE TABLE parent (id INT PRIMARY KEY); INSERT INTO parent VALUES (1), (2);
  CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT NOT NULL DEFAULT 0, v VARCHAR(50), wide VARCHAR(300), e ENUM('x', 'y'),
    CONSTRAINT ck CHECK (b >= 0), KEY k (b)) ENGINE=InnoDB CHARSET=utf8mb4;
  INSERT INTO t VALUES (1, 1, 1, 'q', 'q', 'x'), (2, 2, 2, 'q', 'q', 'y');`;

/** Whether the server can do it while writes go on. Without a grammar, it is asked in the same words. */
async function isOnline(change: string): Promise<boolean> {
  await server().run(tables);
  const [first = "", ...more] = change.split(" PARTITION BY ");
  const end = more.length > 0 ? ` PARTITION BY ${more.join("")}` : "";
  const asked = `ALTER TABLE t ${first}${first === "" ? "" : ", "}LOCK=NONE${end}`;
  return server()
    .run(asked)
    .then(
      () => true,
      (error: unknown) => {
        assert.match(String(error), /LOCK=NONE is not supported|LOCK.*not supported/i, asked);
        return false;
      },
    );
}

/** Changes that the server only does while writes wait. Each is a finding without LOCK=NONE. */
const blocking = [
  "ADD COLUMN n INT AS (b * 2) STORED",
  "ADD COLUMN n INT NOT NULL AUTO_INCREMENT, ADD KEY (n)",
  "ADD FULLTEXT INDEX f (v)",
  "ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES parent (id)",
  "ADD CONSTRAINT c CHECK (a > 0)",
  "DROP PRIMARY KEY",
  "CONVERT TO CHARACTER SET latin1",
  "ADD SYSTEM VERSIONING",
  " PARTITION BY HASH (id) PARTITIONS 2",
];

/** Changes that it does online: no finding says that writes wait. */
const online = [
  "ADD COLUMN n INT",
  "ADD COLUMN n INT NOT NULL DEFAULT 1 AFTER a",
  "ADD COLUMN n INT AS (b * 2) VIRTUAL",
  "ADD INDEX i (v)",
  "ADD UNIQUE INDEX i (a)",
  "DROP INDEX k",
  "DROP COLUMN v",
  "DROP CONSTRAINT ck",
  "DROP PRIMARY KEY, ADD PRIMARY KEY (b)",
  "RENAME COLUMN a TO aa",
  "ALTER COLUMN b DROP DEFAULT",
];

const isBlocking = (rule: string) => ["copy-table", "lock-table", "change-column-type"].includes(rule);

describe("what the rules say of MariaDB is true", { skip }, () => {
  for (const change of blocking)
    test(`writes wait for ${change.trim()}`, async () => {
      assert.equal(await isOnline(change), false);
      assert.ok(rulesIn("mysql", `ALTER TABLE t ${change}`).includes("copy-table"));
    });

  for (const change of online)
    test(`writes go on during ${change}`, async () => {
      assert.equal(await isOnline(change), true);
      assert.deepEqual(rulesIn("mysql", `ALTER TABLE t ${change}`).filter(isBlocking), []);
    });

  test("MODIFY copies for some types, and ALGORITHM=INPLACE is then refused: it is what the finding advises", async () => {
    for (const [change, isRefused] of [
      ["MODIFY a BIGINT", true],
      ["MODIFY v VARCHAR(20)", true],
      ["MODIFY v VARCHAR(300)", true],
      ["MODIFY e ENUM('y', 'x')", true],
      ["MODIFY v VARCHAR(60)", false],
      ["MODIFY wide VARCHAR(400)", false],
      ["MODIFY e ENUM('x', 'y', 'z')", false],
    ] as const) {
      await server().run(tables);
      const advised = `ALTER TABLE t ${change}, ALGORITHM=INPLACE, LOCK=NONE`;
      if (isRefused) await assert.rejects(server().run(advised), /not supported/, advised);
      else await server().run(advised);
      assert.deepEqual(rulesIn("mysql", `ALTER TABLE t ${change}`), ["change-column-type"]);
      assert.deepEqual(rulesIn("mysql", advised), []);
    }
  });

  test("an INSERT that leaves out a required column fails, and with a default it works", async () => {
    await server().run(`${tables} ALTER TABLE t ADD n INT NOT NULL`);
    await assert.rejects(server().run("INSERT INTO t (id) VALUES (9)"), /doesn't have a default value/);
    await server().run(`${tables} ALTER TABLE t ADD n INT NOT NULL DEFAULT 0; INSERT INTO t (id) VALUES (9)`);
  });

  test("a change of the schema commits the transaction around it", async () => {
    const sql = "BEGIN; UPDATE t SET a = 100 WHERE id = 1; ALTER TABLE t ADD n INT; ROLLBACK";
    await server().run(`${tables} ${sql}`);
    assert.deepEqual(await server().query("SELECT a FROM t WHERE id = 1"), [{ a: 100 }]);
    assert.deepEqual(rulesIn("mysql", sql), ["implicit-commit"]);
    // Control.
    await server().run(`${tables} BEGIN; UPDATE t SET a = 100 WHERE id = 1; ROLLBACK`);
    assert.deepEqual(await server().query("SELECT a FROM t WHERE id = 1"), [{ a: 1 }]);
  });

  test("a swap of two tables leaves no instant without the name; a view of another name accepts writes", async () => {
    await server().run(`${tables} CREATE TABLE t_new LIKE t; RENAME TABLE t TO t_old, t_new TO t; DROP TABLE t_old`);
    await server().run("CREATE OR REPLACE VIEW orders AS SELECT * FROM t; INSERT INTO orders (id) VALUES (5)");
    assert.equal((await server().query("SELECT id FROM t")).length, 1);
    await server().run("DROP VIEW orders");
  });

  describe("the catalogue", () => {
    before(async () => {
      await server().run(`${tables} CREATE OR REPLACE VIEW seen AS SELECT 1 AS one`);
    });
    test("names tables and views of this database and of others", async () => {
      const found = await readExistingObjects({ query: server().query }, mysqlDialect);
      assert.equal(found.database, "shop");
      for (const name of ["shop.t", "shop.seen"]) assert.ok(found.names.has(name), name);
      assert.ok(!found.names.has("shop.nothing"));
    });
  });
});
