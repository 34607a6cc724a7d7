/**
 * Forty migrations for MariaDB, by file name. Statements that must run exactly once add a row to `log`, which has no unique
 * key, or add to a number: both a missing and a second run show.
 */
export function crashMigrations(): Readonly<Record<string, string>> {
  const files: Record<string, string> = { "01_start.sql": start };
  for (let number = 2; number <= 40; number++) {
    const [kind, write] = kinds[number % kinds.length] ?? ["", () => ""];
    const n = String(number).padStart(2, "0");
    files[`${n}_${kind}`] = write(n);
  }
  return files;
}

const rows = 20_000;

const start = `
  CREATE TABLE log (entry varchar(20) NOT NULL);
  CREATE TABLE counters (value int NOT NULL);
  INSERT INTO counters VALUES (0);
  CREATE TABLE parents (id int AUTO_INCREMENT PRIMARY KEY, note varchar(20));
  CREATE TABLE children (parent_id int, note varchar(20));
  CREATE TABLE accounts (id int PRIMARY KEY, owner varchar(20) NOT NULL, balance int NOT NULL);
  DELIMITER //
  CREATE PROCEDURE fill() BEGIN DECLARE i INT DEFAULT 0;
    WHILE i < ${rows} DO INSERT INTO accounts VALUES (i, CONCAT('owner ', i % 97), 0); SET i = i + 1; END WHILE; END//
  DELIMITER ;
  CALL fill();
  INSERT INTO log VALUES ('01');`;

const kinds: readonly (readonly [name: string, write: (n: string) => string])[] = [
  [
    "table.sql",
    (n) => `CREATE TABLE table_${n} (id int AUTO_INCREMENT PRIMARY KEY, note varchar(20));
      INSERT INTO table_${n} (note) VALUES ('a'), ('b');
      CREATE INDEX note ON table_${n} (note);
      RENAME TABLE table_${n} TO renamed_${n};
      INSERT INTO log VALUES ('${n}');`,
  ],
  [
    "data.sql",
    (n) => `UPDATE accounts SET balance = balance + 1;
      UPDATE counters SET value = value + 1;
      SELECT SLEEP(0.05);
      UPDATE accounts SET balance = balance + 1 WHERE id % 2 = 0;
      INSERT INTO log VALUES ('${n}');`,
  ],
  [
    "module.mjs",
    (n) => `export async function up({ query }) {
        const rows = await query("SELECT id FROM accounts WHERE id <= ? ORDER BY id", [6]);
        for (const { id } of rows) await query("UPDATE accounts SET balance = balance + ? WHERE id = ?", [3, id]);
        await query("UPDATE counters SET value = value + 1");
        await query("INSERT INTO log VALUES (?)", ["${n}"]);
      }`,
  ],
  [
    "alter.sql",
    (n) => `ALTER TABLE accounts ADD COLUMN extra_${n} int NOT NULL DEFAULT 7;
      INSERT INTO log VALUES ('${n}.1');
      ALTER TABLE accounts ADD COLUMN copied_${n} int NOT NULL DEFAULT 1, ALGORITHM = COPY;
      UPDATE counters SET value = value + 1;
      ALTER TABLE accounts ADD INDEX index_${n} (owner, balance);
      ALTER TABLE accounts DROP INDEX index_${n};
      INSERT INTO log VALUES ('${n}.2');`,
  ],
  [
    "variables.sql",
    (n) => `SET @note = CONCAT('note ', '${n}');
      INSERT INTO parents (note) VALUES (@note);
      SET @id = LAST_INSERT_ID(), @@foreign_key_checks = 0;
      CREATE TABLE between_${n} (id int);
      INSERT INTO children VALUES (@id, @note);
      INSERT INTO parents (note) VALUES ('${n}');
      INSERT INTO children VALUES (LAST_INSERT_ID(), '${n}');
      DROP TABLE between_${n};
      INSERT INTO log VALUES ('${n}');`,
  ],
  [
    "changing.cjs",
    (n) => `exports.up = async ({ query }) => {
        await query("INSERT INTO log VALUES (?)", ["${n}.1"]);
        await query("CREATE TABLE made_${n} (id int)");
        for (let id = 0; id < 5; id++) await query("INSERT INTO made_${n} VALUES (?)", [id]);
        const [{ n }] = await query("SELECT COUNT(*) AS n FROM made_${n}");
        await query("ALTER TABLE made_${n} ADD COLUMN more int");
        await query("INSERT INTO log VALUES (?)", ["${n}.2 " + n]);
      };`,
  ],
  [
    "programs.sql",
    (n) => `CREATE FUNCTION double_${n}(a int) RETURNS int DETERMINISTIC RETURN a * 2;
      CREATE TRIGGER trigger_${n} BEFORE INSERT ON children FOR EACH ROW BEGIN SET NEW.note = TRIM(NEW.note); END;
      CREATE PROCEDURE call_${n}() BEGIN UPDATE counters SET value = value + 1; INSERT INTO log VALUES ('${n}.1'); END;
      CALL call_${n}();
      CALL call_${n}();
      DROP TRIGGER trigger_${n};
      UPDATE accounts SET balance = double_${n}(balance) WHERE id % 10 = 0;
      CREATE VIEW view_${n} AS SELECT id FROM accounts;
      INSERT INTO log VALUES ('${n}.2');`,
  ],
  [
    "prepared.sql",
    (n) => `SET @change = 'UPDATE counters SET value = value + 1';
      PREPARE change_${n} FROM @change;
      EXECUTE change_${n};
      OPTIMIZE TABLE parents;
      EXECUTE change_${n};
      CREATE TABLE copy_${n} SELECT id, balance FROM accounts WHERE id < 50;
      INSERT INTO log VALUES ('${n}');`,
  ],
  ["program.sh", (n) => `#!/bin/sh\necho ${n} >> "$HOOK_FILE"; sleep 0.05\n`],
];
