/**
 * Forty migrations, by file name. Statements that must run exactly once add a row to `log`, which has no unique key, or add to
 * a number: both a missing and a second run show. Statements that may run again after a crash add a row to `attempts`.
 */
export function crashMigrations(): Readonly<Record<string, string>> {
  const files: Record<string, string> = { "01_start.sql": start, "02_fill.sql": fill };
  for (let number = 3; number <= 40; number++) {
    const [kind, write] = kinds[number % kinds.length] ?? ["", () => ""];
    const n = String(number).padStart(2, "0");
    files[`${n}_${kind}`] = write(n);
  }
  return files;
}

const rows = 4000;

const start = `
  CREATE TABLE log (entry text NOT NULL);
  CREATE TABLE attempts (entry text NOT NULL);
  CREATE TABLE counters (value int NOT NULL);
  INSERT INTO counters VALUES (0);
  CREATE TYPE mood AS ENUM ('calm');
  INSERT INTO log VALUES ('01');`;

const fill = `
  CREATE TABLE accounts (id int PRIMARY KEY, owner text NOT NULL, balance int NOT NULL);
  INSERT INTO accounts SELECT i, 'owner ' || i % 97, 0 FROM generate_series(1, ${rows}) AS i;
  INSERT INTO log VALUES ('02');`;

const kinds: readonly (readonly [name: string, write: (n: string) => string])[] = [
  [
    "table.sql",
    (n) => `CREATE TABLE table_${n} (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
      INSERT INTO table_${n} (note) SELECT 'note ' || i FROM generate_series(1, 100) AS i;
      INSERT INTO log VALUES ('${n}');`,
  ],
  [
    "data.sql",
    (n) => `UPDATE accounts SET balance = balance + 1;
      UPDATE counters SET value = value + 1;
      SELECT pg_sleep(0.1);
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
    "index.sql",
    (n) => `-- seaworthy: no-transaction
      CREATE INDEX CONCURRENTLY accounts_${n} ON accounts (balance, id);`,
  ],
  [
    "alter.sql",
    (n) => `-- seaworthy: lock-timeout 1s
      ALTER TABLE accounts ADD COLUMN extra_${n} int NOT NULL DEFAULT 7;
      ALTER TABLE accounts ADD CONSTRAINT positive_${n} CHECK (extra_${n} > 0) NOT VALID;
      ALTER TABLE accounts VALIDATE CONSTRAINT positive_${n};
      INSERT INTO log VALUES ('${n}');`,
  ],
  [
    "mixed.sql",
    (n) => `-- seaworthy: no-transaction
      INSERT INTO log VALUES ('${n}.1');
      CREATE INDEX CONCURRENTLY accounts_${n} ON accounts (owner);
      UPDATE counters SET value = value + 1;
      REINDEX INDEX CONCURRENTLY accounts_${n};
      INSERT INTO log VALUES ('${n}.2');
      CREATE INDEX CONCURRENTLY accounts_${n}_other ON accounts (owner, balance);
      DROP INDEX CONCURRENTLY accounts_${n};
      UPDATE counters SET value = value + 1;
      INSERT INTO log VALUES ('${n}.3');`,
  ],
  [
    "module.cjs",
    (n) => `exports.up = async ({ query }) => {
        await query("CREATE TABLE made_${n} (id int)");
        for (let id = 0; id < 5; id++) await query("INSERT INTO made_${n} VALUES ($1)", [id]);
        await query("INSERT INTO log VALUES ($1)", ["${n}"]);
      };`,
  ],
  [
    "unique.sql",
    (n) => `-- seaworthy: no-transaction
      CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS accounts_${n} ON accounts (id, owner);
      ALTER TABLE accounts ADD CONSTRAINT unique_${n} UNIQUE USING INDEX accounts_${n};
      INSERT INTO log VALUES ('${n}');`,
  ],
  [
    "vacuum.sql",
    (n) => `-- seaworthy: no-transaction
      VACUUM (ANALYZE) accounts;
      ALTER TYPE mood ADD VALUE '${n}';
      INSERT INTO log VALUES ('${n}');
      DO $$ BEGIN INSERT INTO attempts VALUES ('${n}'); END $$;`,
  ],
  [
    "function.sql",
    (n) => `CREATE FUNCTION double_${n}(a int) RETURNS int LANGUAGE plpgsql AS $body$
      BEGIN
        RETURN a * 2; -- ; COMMIT
      END $body$;
      UPDATE accounts SET balance = double_${n}(balance) WHERE id % 10 = 0;
      INSERT INTO log VALUES ('${n}');`,
  ],
];
