import type { LintRule } from "./rule.ts";

const contract =
  "First release a version that does not need it. Then do this in a migration marked `-- seaworthy: contract VERSION`, where VERSION is that version.";
const copyColumn =
  "Add a new column and write both in the app. Copy the rows in batches, then read the new column. Drop the old one in a contract migration.";
const inBatches = "Change a few thousand rows per statement, in a JavaScript migration or in a job of the app.";

/** Rules whose reason and safe way are the same on MySQL, MariaDB and SQLite. */
const common = [
  {
    id: "drop-table",
    severity: "breaks-previous-version",
    what: "`DROP TABLE`; MariaDB's `CREATE OR REPLACE TABLE`",
    why: "The previous version still queries it.",
    safeWay: contract,
  },
  {
    id: "drop-view",
    severity: "breaks-previous-version",
    what: "`DROP VIEW`",
    why: "The previous version still queries it.",
    safeWay: `Replace a view with one that has the same columns: CREATE OR REPLACE VIEW on MySQL, DROP and CREATE in one migration on SQLite. Otherwise: ${contract}`,
  },
  {
    id: "drop-column",
    severity: "breaks-previous-version",
    what: "`DROP COLUMN`",
    why: "The previous version still uses it in queries.",
    safeWay: contract,
  },
  {
    id: "drop-object",
    severity: "breaks-previous-version",
    what: "`DROP` of a trigger; on MySQL also of a database, procedure, function, event, sequence, user, role, …",
    why: "The previous version may rely on it, directly or indirectly.",
    safeWay: contract,
  },
  {
    id: "drop-constraint",
    severity: "breaks-previous-version",
    what: "`DROP PRIMARY KEY`, `DROP FOREIGN KEY`, `DROP CONSTRAINT`, `DROP CHECK`",
    why: "The previous version may rely on what it refuses, or on its cascading deletes.",
    safeWay: contract,
  },
  {
    id: "rename-table",
    severity: "breaks-previous-version",
    what: "`RENAME` of a table, unless the same statement (MySQL) or migration (SQLite) puts another one in its place",
    why: "The previous version uses the old name.",
    safeWay:
      "Keep the name, or create a view with the new name, which accepts writes on MySQL. Rename the table in a contract migration.",
  },
  {
    id: "rename-column",
    severity: "breaks-previous-version",
    what: "`RENAME COLUMN`; on MySQL also `CHANGE` with another name",
    why: "The previous version uses the old name.",
    safeWay: copyColumn,
  },
  {
    id: "add-required-column",
    severity: "breaks-previous-version",
    what: "`ADD COLUMN … NOT NULL` without a default",
    why: "An INSERT of the previous version leaves the column out, and fails (on MySQL in strict mode, which is the default). SQLite refuses the statement itself if the table has rows.",
    safeWay: "Give the column a DEFAULT, or allow NULL until every version writes it.",
  },
  {
    id: "whole-table-write",
    severity: "blocks-table",
    what: "`UPDATE` or `DELETE` without `WHERE`, `LIMIT` or a join",
    why: "On MySQL, all rows stay locked until the statement ends, and other writes to them wait. On SQLite, all other writers wait until the migration ends.",
    safeWay: inBatches,
  },
] as const satisfies readonly LintRule[];

const mysqlOnly = [
  {
    id: "rename-object",
    severity: "breaks-previous-version",
    what: "`RENAME USER`",
    why: "The previous version may log in with the old name.",
    safeWay: "Create a second user with the new name. Drop the old one in a contract migration.",
  },
  {
    id: "truncate",
    severity: "breaks-previous-version",
    what: "`TRUNCATE`, `DROP PARTITION`, `TRUNCATE PARTITION`, `EXCHANGE PARTITION`",
    why: "It removes rows that the previous version may use.",
    safeWay: `Do it once no version needs the rows. ${contract}`,
  },
  {
    id: "drop-default",
    severity: "breaks-previous-version",
    what: "`ALTER COLUMN … DROP DEFAULT`",
    why: "An INSERT of the previous version that leaves out the column fails, or writes NULL.",
    safeWay: contract,
  },
  {
    id: "revoke",
    severity: "breaks-previous-version",
    what: "`REVOKE`",
    why: "The previous version may log in as a user that loses a right it uses.",
    safeWay: contract,
  },
  {
    id: "change-column-type",
    severity: "blocks-table",
    what: "`MODIFY` and `CHANGE`, unless `ALGORITHM=INSTANT`, `NOCOPY` or `INPLACE`, or `LOCK=NONE`, is given",
    why: "The file does not tell the present type. With another type, a shorter or much longer varchar, another character set or reordered enum values, the server copies all rows while writes wait.",
    safeWay: `Write ALGORITHM=INPLACE, LOCK=NONE: if the server would have to copy, it refuses the statement, and nothing waits. Then: ${copyColumn}`,
  },
  {
    id: "copy-table",
    severity: "blocks-table",
    what: "`ALGORITHM=COPY`; and without `ALGORITHM` and `LOCK`, what the server only does while writes wait: `ADD FOREIGN KEY`, `ADD CHECK`, `DROP PRIMARY KEY` without a new one, `CONVERT TO CHARACTER SET`, `ADD COLUMN … STORED`, `AUTO_INCREMENT` of a new column, `FULLTEXT` and `SPATIAL` indexes, `PARTITION BY`, `REMOVE PARTITIONING`, `ORDER BY`, `ADD SYSTEM VERSIONING`",
    why: "Writes to the table wait until the server has copied or read all rows. (MariaDB from 11.2 on can copy while writes go on, with `LOCK=NONE`.)",
    safeWay:
      "Do it while the table is small, or with gh-ost or pt-online-schema-change outside of migrations. With LOCK=NONE, the server refuses the statement if writes would wait.",
  },
  {
    id: "lock-table",
    severity: "blocks-table",
    what: "`LOCK TABLES`, `LOCK=SHARED`, `LOCK=EXCLUSIVE`",
    why: "Writes to the table, or all queries on it, wait.",
    safeWay: "Leave it out.",
  },
  {
    id: "implicit-commit",
    severity: "half-done",
    what: "A change of the schema between `BEGIN` and `COMMIT`, with other statements (in files of other tools: seaworthy's own refuse `BEGIN`)",
    why: "MySQL commits at each change of the schema. If a later statement fails, what came before is not rolled back.",
    safeWay: "Leave BEGIN and COMMIT out, and write one change of the schema per migration.",
  },
] as const satisfies readonly LintRule[];

const sqliteOnly = [
  {
    id: "drop-not-null",
    severity: "breaks-previous-version",
    what: "`ALTER COLUMN … DROP NOT NULL`",
    why: "The previous version does not expect NULL in this column.",
    safeWay: `First release a version that can read NULL there. ${contract}`,
  },
  {
    id: "set-not-null",
    severity: "blocks-table",
    what: "`ALTER COLUMN … SET NOT NULL`",
    why: "SQLite reads all rows while other writers wait. A previous version that writes NULL fails.",
    safeWay: "Do it in a contract migration, once no version writes NULL and the table is small enough.",
  },
  {
    id: "rewrite-table",
    severity: "blocks-table",
    what: "A table that is rebuilt (created with another name, dropped, renamed); `VACUUM`",
    why: "All rows are copied while other writers wait. A column that the new table lacks breaks the previous version.",
    safeWay:
      "Use ADD COLUMN where that is enough. Otherwise rebuild a table only while it is small, keep its columns, and write `-- seaworthy: allow rewrite-table because …`.",
  },
] as const satisfies readonly LintRule[];

/** What is found in migrations of MySQL and MariaDB. */
export const mysqlRules = [...common, ...mysqlOnly] as const;

/** What is found in migrations of SQLite. */
export const sqliteRules = [...common, ...sqliteOnly] as const;

export type PlainRuleId = (typeof mysqlRules)[number]["id"] | (typeof sqliteRules)[number]["id"];
