import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { upgrade } from "../../fixtures/upgrade/shop.ts";
import { applied, inMode, journalModes, shopOn, sqliteFile } from "../../fixtures/upgrade/sqlite.ts";
import { openSuite } from "../../harness/leaks.ts";

const suite = openSuite();
after(() => suite.end());

function shopWithOrders() {
  const file = sqliteFile();
  file.execute(`CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer REFERENCES customers (id) ON DELETE CASCADE);
    INSERT INTO customers VALUES (1, 'a'), (2, 'b');
    INSERT INTO orders VALUES (10, 1), (20, 2), (21, 2);`);
  return file;
}

const rebuild = `PRAGMA foreign_keys = OFF;
  CREATE TABLE new_customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  INSERT INTO new_customers SELECT id, name FROM customers;
  DROP TABLE customers;
  ALTER TABLE new_customers RENAME TO customers;
  PRAGMA foreign_keys = ON;`;

describe("foreign keys", { concurrency: 2 }, () => {
  test("a table is rebuilt, and the rows that refer to it stay", async () => {
    const file = shopWithOrders();
    // Control: with foreign keys on, DROP TABLE deletes them.
    const lost = shopWithOrders();
    lost.execute(rebuild.replaceAll(/PRAGMA.*/g, ""));
    assert.deepEqual(lost.list("SELECT count(*) FROM orders"), [0]);
    await upgrade(shopOn(suite, file, { migrations: { "1_rebuild.sql": rebuild } }));
    assert.deepEqual(file.list("SELECT id FROM orders"), [10, 20, 21]);
    assert.deepEqual(file.list("PRAGMA foreign_key_check"), []);
  });

  for (const [name, source] of [
    ["1_delete.sql", "DELETE FROM customers WHERE id = 2;"],
    ["1_delete.mjs", `export const up = ({ query }) => query("DELETE FROM customers WHERE id = $1", [2]);`],
  ] as const) {
    test(`${name}: rows that refer to a deleted one fail the migration`, async () => {
      const file = shopWithOrders();
      const { stderr } = await upgrade(shopOn(suite, file, { migrations: { [name]: source } }), [], 1);
      assert.match(stderr, /FOREIGN KEY constraint failed \(orders → customers: 2 rows\)\. Foreign keys are off while/);
      assert.deepEqual(file.list("SELECT count(*) FROM customers"), [2]);
      assert.deepEqual(applied(file), []);
    });
  }

  test("rows that were wrong before are left alone, and one more is found", async () => {
    const file = shopWithOrders();
    file.execute("PRAGMA foreign_keys = OFF; INSERT INTO orders VALUES (30, 3)");
    await upgrade(shopOn(suite, file, { migrations: { "1_a.sql": "CREATE TABLE a (id)" } }));
    const more = { "1_a.sql": "CREATE TABLE a (id)", "2_b.sql": "INSERT INTO orders VALUES (40, 4)" };
    const { stderr } = await upgrade(shopOn(suite, file, { migrations: more, version: "2.0.0" }), [], 1);
    assert.match(stderr, /orders → customers: 1 row\)/);
  });

  for (const [title, source, says] of [
    [
      "as many as before, but other rows",
      "DELETE FROM orders WHERE id = 30; INSERT INTO orders VALUES (40, 4)",
      /orders → customers: 1 row\)/,
    ],
    [
      "the row has another value than before",
      "UPDATE orders SET customer = 4 WHERE id = 30; UPDATE keyed SET customer = 5",
      /\(keyed → customers: 1 row; orders → customers: 1 row\)/,
    ],
    [
      "in a table without row numbers, in place of an old one",
      "DELETE FROM keyed; INSERT INTO keyed VALUES ('new', 4)",
      /\(keyed → customers: 1 row\)/,
    ],
  ] as const)
    test(`a new row that refers to nothing is found: ${title}`, async () => {
      const file = shopWithOrders();
      file.execute(`PRAGMA foreign_keys = OFF; INSERT INTO orders VALUES (30, 3);
        CREATE TABLE keyed (name TEXT PRIMARY KEY, customer REFERENCES customers) WITHOUT ROWID;
        INSERT INTO keyed VALUES ('old', 3)`);
      const before = file.query("SELECT * FROM orders");
      const { stderr } = await upgrade(shopOn(suite, file, { migrations: { "1_a.sql": source } }), [], 1);
      assert.match(stderr, says);
      assert.deepEqual(file.query("SELECT * FROM orders"), before);
    });

  for (const mode of journalModes)
    test(`in mode ${mode}, a rebuild keeps the old ones, whatever their numbers and the order of the keys`, async () => {
      const file = inMode(mode);
      file.execute(`PRAGMA foreign_keys = OFF; CREATE TABLE customers (id INTEGER PRIMARY KEY);
        CREATE TABLE orders (id TEXT PRIMARY KEY, customer REFERENCES customers, payer REFERENCES customers);
        CREATE TABLE lines (number INT PRIMARY KEY, parent REFERENCES orders (id)) WITHOUT ROWID;
        INSERT INTO orders VALUES ('gone', 1, 1), ('kept', 2, NULL), ('other', NULL, 3);
        DELETE FROM orders WHERE id = 'gone'; INSERT INTO lines VALUES (1, 'gone')`);
      const source = `UPDATE large SET text = hex(randomblob(200));
        CREATE TABLE next (id TEXT PRIMARY KEY, payer REFERENCES customers, customer REFERENCES customers);
        INSERT INTO next SELECT id, payer, customer FROM orders;
        DROP TABLE orders; ALTER TABLE next RENAME TO orders; INSERT INTO app VALUES (2);`;
      await upgrade(shopOn(suite, file, { migrations: { "1_a.sql": source } }));
      assert.deepEqual(file.list("SELECT rowid FROM orders ORDER BY 1"), [1, 2]);
      assert.deepEqual(file.list("SELECT n FROM app"), [1, 2]);
    });

  test("a table that SQLite cannot check does not hide the rows of another", async () => {
    const file = shopWithOrders();
    file.execute("CREATE TABLE p (a); CREATE TABLE c (a REFERENCES p (a))");
    const source = "INSERT INTO orders VALUES (40, 4)";
    const { stderr } = await upgrade(shopOn(suite, file, { migrations: { "1_a.sql": source } }), [], 1);
    assert.match(stderr, /\(orders → customers: 1 row\)/);
  });

  test("a definition that SQLite can no longer check fails the migration", async () => {
    const file = sqliteFile();
    file.execute("CREATE TABLE p (a); CREATE UNIQUE INDEX p_a ON p (a); CREATE TABLE c (a REFERENCES p (a))");
    const { stderr } = await upgrade(shopOn(suite, file, { migrations: { "1_a.sql": "DROP INDEX p_a" } }), [], 1);
    assert.match(stderr, /foreign key mismatch - "c" referencing "p"/);
  });

  test("a definition that SQLite cannot check does not stop an upgrade", async () => {
    const file = sqliteFile();
    file.execute(
      "CREATE TABLE p (a); PRAGMA foreign_keys = OFF; CREATE TABLE c (a REFERENCES p (a)); INSERT INTO c VALUES (1)",
    );
    await upgrade(
      shopOn(suite, file, { migrations: { "1_a.sql": "CREATE UNIQUE INDEX p_a ON p (a); INSERT INTO p VALUES (1)" } }),
    );
    assert.deepEqual(applied(file), ["1_a"]);
  });

  test("settings of one migration do not reach the next", async () => {
    const file = shopWithOrders();
    const migrations = {
      "1_a.sql":
        "PRAGMA case_sensitive_like = ON; PRAGMA recursive_triggers = ON; CREATE TEMP TABLE kept (id); CREATE TABLE seen (n);",
      "2_b.mjs": `export async function up({ query }) {
        const [{ n }] = await query("SELECT 'A' LIKE 'a' AS n");
        const [{ recursive_triggers: r }] = await query("PRAGMA recursive_triggers");
        const temp = await query("SELECT 1 FROM temp.sqlite_schema");
        await query("INSERT INTO seen VALUES ($1)", [n + "," + r + "," + temp.length]);
      }`,
    };
    await upgrade(shopOn(suite, file, { migrations }));
    assert.deepEqual(file.list("SELECT n FROM seen"), ["1,0,0"]);
  });
});
