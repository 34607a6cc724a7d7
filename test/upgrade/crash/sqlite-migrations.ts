/**
 * Forty migrations for SQLite, by file name. Statements that must run exactly once add a row to `log`, which has no unique
 * key, or add to a number: both a missing and a second run show.
 */
export function sqliteMigrations(): Readonly<Record<string, string>> {
  const files: Record<string, string> = { "01_start.sql": start, "02_fill.sql": fill };
  for (let number = 3; number <= 40; number++) {
    const [kind, write] = kinds[number % kinds.length] ?? ["", () => ""];
    const n = String(number).padStart(2, "0");
    files[`${n}_${kind}`] = write(n);
  }
  return files;
}

const start = `
  CREATE TABLE log (entry TEXT NOT NULL);
  CREATE TABLE counters (value INTEGER NOT NULL);
  INSERT INTO counters VALUES (0);
  INSERT INTO log VALUES ('01');`;

/** Larger than SQLite's cache, so that a transaction writes to the file before its end. */
const fill = `
  CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, balance INTEGER NOT NULL, note TEXT NOT NULL);
  INSERT INTO accounts
    WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 10000)
    SELECT n, 'owner ' || n % 97, 0, hex(zeroblob(150)) FROM count;
  CREATE TABLE orders (id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE);
  INSERT INTO orders SELECT id, id FROM accounts WHERE id % 3 = 0;
  INSERT INTO log VALUES ('02');`;

const kinds: readonly (readonly [name: string, write: (n: string) => string])[] = [
  [
    "table.sql",
    (n) => `CREATE TABLE table_${n} (id INTEGER PRIMARY KEY, note TEXT);
      INSERT INTO table_${n} (note) SELECT owner FROM accounts WHERE id < 100;
      INSERT INTO log VALUES ('${n}');`,
  ],
  [
    "data.sql",
    (n) => `UPDATE accounts SET balance = balance + 1;
      UPDATE counters SET value = value + 1;
      UPDATE accounts SET balance = balance + 1 WHERE id % 2 = 0;
      INSERT INTO log VALUES ('${n}');`,
  ],
  [
    "module.mjs",
    (n) => `export async function up({ query }) {
        const rows = await query("SELECT id FROM accounts WHERE id <= $1 ORDER BY id", [6]);
        for (const { id } of rows) await query("UPDATE accounts SET balance = balance + $1 WHERE id = $2", [3, id]);
        await query("UPDATE counters SET value = value + 1");
        await query("INSERT INTO log VALUES ($1)", ["${n}"]);
      }`,
  ],
  [
    "steps.sql",
    (n) => `-- seaworthy: no-transaction
      INSERT INTO log VALUES ('${n}.1');
      CREATE INDEX accounts_${n} ON accounts (balance, id);
      UPDATE counters SET value = value + 1;
      UPDATE accounts SET balance = balance + 1;
      DROP INDEX accounts_${n};
      INSERT INTO log VALUES ('${n}.2');`,
  ],
  [
    "rebuild.sql",
    (n) => `PRAGMA foreign_keys = OFF;
      CREATE TABLE new_accounts (id INTEGER PRIMARY KEY, owner TEXT NOT NULL, balance INTEGER NOT NULL, note TEXT NOT NULL);
      INSERT INTO new_accounts SELECT * FROM accounts;
      DROP TABLE accounts;
      ALTER TABLE new_accounts RENAME TO accounts;
      INSERT INTO log VALUES ('${n}');`,
  ],
  [
    "vacuum.sql",
    (n) => `-- seaworthy: no-transaction
      INSERT INTO log VALUES ('${n}.1');
      PRAGMA secure_delete = ON;
      VACUUM;
      UPDATE counters SET value = value + 1;
      INSERT INTO log VALUES ('${n}.2');`,
  ],
  [
    "trigger.sql",
    (n) => `CREATE TRIGGER count_${n} AFTER INSERT ON orders WHEN new.id = -${Number(n)} BEGIN
        UPDATE counters SET value = value + 1; -- ; COMMIT
      END;
      INSERT INTO orders VALUES (-${Number(n)}, 1);
      INSERT INTO log VALUES ('${n}');`,
  ],
  [
    "module.cjs",
    (n) => `exports.up = async ({ query }) => {
        await query("CREATE TABLE made_${n} (id INTEGER)");
        for (let id = 0; id < 5; id++) await query("INSERT INTO made_${n} VALUES ($1)", [id]);
        await query("INSERT INTO log VALUES ($1)", ["${n}"]);
      };`,
  ],
  // A program runs at least once.
  ["program.sh", (n) => `#!/bin/sh\necho ${n} >> "$PROGRAM_FILE"\nsleep 0.02\n`],
];
