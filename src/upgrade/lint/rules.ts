/**
 * - `breaks-previous-version`: the version that still runs meets something it does not expect. Right in a migration
 *   that is marked contract.
 * - `blocks-table`: queries of a live table wait for as long as the statement takes. Wrong in any migration.
 * - `fails`: the statement cannot be run as it stands.
 */
export type Severity = "breaks-previous-version" | "blocks-table" | "fails";

export interface LintRule {
  readonly id: string;
  readonly severity: Severity;
  /** The statements that it is about. */
  readonly what: string;
  readonly why: string;
  readonly safeWay: string;
}

const contract =
  "First release a version that does without it. Then do this in a migration marked `-- seaworthy: contract VERSION`, that version being VERSION.";
const copyColumn =
  "Add a new column, write to both (by the app or a trigger), copy the rows in batches, read the new one; drop the old one in a contract migration.";
const inBatches =
  "Change a few thousand rows a statement, in a migration marked `-- seaworthy: no-transaction`, or from a JavaScript migration or a job of the app.";
const ownMigration = "in a migration of its own, marked `-- seaworthy: no-transaction`";

/** What `--plan` warns of. None applies to what the same upgrade has made. */
export const lintRules = [
  {
    id: "drop-table",
    severity: "breaks-previous-version",
    what: "`DROP TABLE`, `DROP FOREIGN TABLE`",
    why: "The previous version still queries it.",
    safeWay: contract,
  },
  {
    id: "drop-view",
    severity: "breaks-previous-version",
    what: "`DROP VIEW`, `DROP MATERIALIZED VIEW`",
    why: "The previous version still queries it.",
    safeWay: `Create the view again in the same transaction. Otherwise: ${contract}`,
  },
  {
    id: "drop-column",
    severity: "breaks-previous-version",
    what: "`DROP COLUMN`, `DROP ATTRIBUTE`",
    why: "The previous version still names it, or has it in prepared statements.",
    safeWay: contract,
  },
  {
    id: "drop-object",
    severity: "breaks-previous-version",
    what: "`DROP` of a schema, sequence, type, domain, function, procedure, trigger, policy, rule, extension, role, …",
    why: "The previous version, or what it uses, relies on it.",
    safeWay: `Functions, triggers, policies and rules: create it again in the same transaction. Otherwise: ${contract}`,
  },
  {
    id: "rename-table",
    severity: "breaks-previous-version",
    what: "`RENAME TO` of a table or view",
    why: "The previous version asks for the old name.",
    safeWay:
      "In the same transaction, create a view of the old name (`CREATE VIEW old AS SELECT * FROM new`), which can be written to as well; drop it in a contract migration.",
  },
  {
    id: "rename-column",
    severity: "breaks-previous-version",
    what: "`RENAME COLUMN`, `RENAME ATTRIBUTE`",
    why: "The previous version asks for the old name.",
    safeWay: copyColumn,
  },
  {
    id: "rename-object",
    severity: "breaks-previous-version",
    what: "`RENAME TO` of a schema, sequence, type, domain, function, role, …",
    why: "The previous version asks for the old name.",
    safeWay: "Make a second one of the new name; drop the old one in a contract migration.",
  },
  {
    id: "rename-enum-value",
    severity: "breaks-previous-version",
    what: "`ALTER TYPE … RENAME VALUE`",
    why: "The previous version reads and writes the old value.",
    safeWay:
      "Add the new value, let a release read both and write the new one, and change the rows in batches. The old value can stay.",
  },
  {
    id: "set-schema",
    severity: "breaks-previous-version",
    what: "`SET SCHEMA`",
    why: "The previous version looks for it in the old schema.",
    safeWay:
      "For a table, create a view in the old schema in the same transaction. Otherwise make a second one; drop the old one in a contract migration.",
  },
  {
    id: "truncate",
    severity: "breaks-previous-version",
    what: "`TRUNCATE`",
    why: "Rows that the previous version uses are gone, and every query of the table waits until the transaction ends.",
    safeWay: `Delete the rows in batches once no version needs them. Otherwise: ${contract}`,
  },
  {
    id: "drop-default",
    severity: "breaks-previous-version",
    what: "`DROP DEFAULT`, `DROP IDENTITY`, `DROP EXPRESSION`",
    why: "An INSERT of the previous version that leaves the column out writes NULL, or fails where NULL is not allowed.",
    safeWay: contract,
  },
  {
    id: "drop-not-null",
    severity: "breaks-previous-version",
    what: "`DROP NOT NULL`",
    why: "The previous version may read a NULL, which it never met in this column.",
    safeWay:
      "First release a version that can read NULL there. Then do this in a migration marked `-- seaworthy: contract VERSION`, that version being VERSION.",
  },
  {
    id: "add-required-column",
    severity: "breaks-previous-version",
    what: "`ADD COLUMN … NOT NULL` without a default",
    why: "INSERTs of the previous version fail; so does the statement itself where the table has rows.",
    safeWay: "Give the column a constant DEFAULT, or let it be NULL until every version writes it.",
  },
  {
    id: "add-json-column",
    severity: "breaks-previous-version",
    what: "`ADD COLUMN … json`",
    why: "json values cannot be compared: `SELECT DISTINCT` and `UNION` over all columns of the table fail.",
    safeWay: "Use jsonb.",
  },
  {
    id: "disable-trigger",
    severity: "breaks-previous-version",
    what: "`DISABLE TRIGGER`, `DISABLE RULE`",
    why: "What the previous version writes is no longer completed or checked by it.",
    safeWay: `Enable it again in the same transaction. Otherwise: ${contract}`,
  },
  {
    id: "enable-row-security",
    severity: "breaks-previous-version",
    what: "`ENABLE ROW LEVEL SECURITY`, `FORCE ROW LEVEL SECURITY`",
    why: "The previous version no longer sees the rows, or may not write them.",
    safeWay: contract,
  },
  {
    id: "revoke",
    severity: "breaks-previous-version",
    what: "`REVOKE` of rights or of a role",
    why: "The previous version may run as a role that loses a right it uses.",
    safeWay: contract,
  },
  {
    id: "change-column-type",
    severity: "blocks-table",
    what: "`ALTER COLUMN … TYPE`, unless the column is known to stay as it is stored: a longer or unlimited varchar, varchar to text and back, a numeric of more digits, a finer timestamp, cidr to inet",
    why: "The whole table and its indexes are rewritten while every query of it waits, and the previous version meets the new type.",
    safeWay: copyColumn,
  },
  {
    id: "set-not-null",
    severity: "blocks-table",
    what: "`SET NOT NULL`, unless a validated `CHECK (column IS NOT NULL)` proves it (Postgres 12)",
    why: "All rows are checked while every query of the table waits, and a previous version that writes NULL fails.",
    safeWay:
      "One migration: ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID. The next: VALIDATE CONSTRAINT, then SET NOT NULL (which then looks at no row), then DROP CONSTRAINT.",
  },
  {
    id: "add-column-rewrite",
    severity: "blocks-table",
    what: "`ADD COLUMN` with a volatile default (`gen_random_uuid()`, `random()`, `clock_timestamp()`, `nextval()`, a function that is not known to be stable), of type serial, as identity, or `GENERATED … STORED`; before Postgres 11 with any default",
    why: "The whole table is rewritten while every query of it waits.",
    safeWay:
      "Add the column without it, SET DEFAULT for new rows, and fill the old rows in batches. For a generated column: a virtual one (Postgres 18), a view, or a trigger.",
  },
  {
    id: "add-foreign-key",
    severity: "blocks-table",
    what: "`ADD … FOREIGN KEY` without `NOT VALID`",
    why: "All rows are checked while writes to both tables wait.",
    safeWay: "Add it NOT VALID, which already holds for new rows, and VALIDATE CONSTRAINT in a later migration.",
  },
  {
    id: "add-check",
    severity: "blocks-table",
    what: "`ADD … CHECK` without `NOT VALID`",
    why: "All rows are checked while every query of the table waits.",
    safeWay: "Add it NOT VALID, which already holds for new rows, and VALIDATE CONSTRAINT in a later migration.",
  },
  {
    id: "add-unique",
    severity: "blocks-table",
    what: "`ADD … UNIQUE` or `PRIMARY KEY` without `USING INDEX`",
    why: "Its index is built while every query of the table waits.",
    safeWay: `CREATE UNIQUE INDEX CONCURRENTLY ${ownMigration}, then ADD CONSTRAINT … USING INDEX in the next.`,
  },
  {
    id: "add-exclusion",
    severity: "blocks-table",
    what: "`ADD … EXCLUDE`",
    why: "Its index is built while every query of the table waits; for this kind there is no CONCURRENTLY.",
    safeWay: "Have it from the start in a new table that takes over from this one, or add it while the table is small.",
  },
  {
    id: "validate-in-same-migration",
    severity: "blocks-table",
    what: "`VALIDATE CONSTRAINT` in the transaction that added the constraint",
    why: "The lock of ADD CONSTRAINT is held until the transaction ends, and with it the table, while all rows are checked.",
    safeWay: "Move VALIDATE CONSTRAINT to a later migration.",
  },
  {
    id: "add-domain-constraint",
    severity: "blocks-table",
    what: "`ALTER DOMAIN … ADD CHECK` without `NOT VALID`, `ALTER DOMAIN … SET NOT NULL`",
    why: "The rows of every table that uses the domain are checked while writes to these tables wait.",
    safeWay: "Add a CHECK that is NOT VALID, and ALTER DOMAIN … VALIDATE CONSTRAINT in a later migration.",
  },
  {
    id: "add-index",
    severity: "blocks-table",
    what: "`CREATE INDEX` without `CONCURRENTLY`",
    why: "Writes to the table wait until the index is built.",
    safeWay: `CREATE INDEX CONCURRENTLY, ${ownMigration}. For a partitioned table: on each partition, then CREATE INDEX ON ONLY the table, then ATTACH.`,
  },
  {
    id: "drop-index",
    severity: "blocks-table",
    what: "`DROP INDEX` without `CONCURRENTLY`",
    why: "It waits for every query of the table that runs, and all that come after wait behind it.",
    safeWay: `DROP INDEX CONCURRENTLY, ${ownMigration}.`,
  },
  {
    id: "reindex",
    severity: "blocks-table",
    what: "`REINDEX` without `CONCURRENTLY`",
    why: "Writes to the table, and queries that would use the index, wait until it is built.",
    safeWay: `REINDEX … CONCURRENTLY (Postgres 12), ${ownMigration}.`,
  },
  {
    id: "rewrite-table",
    severity: "blocks-table",
    what: "`CLUSTER`, `VACUUM FULL`, `SET TABLESPACE`, `SET LOGGED`, `SET UNLOGGED`, `SET ACCESS METHOD`, `SET EXPRESSION`",
    why: "The whole table is written anew while every query of it waits.",
    safeWay: "Use pg_repack or pg_squeeze outside of migrations, or copy the rows in batches to a new table.",
  },
  {
    id: "detach-partition",
    severity: "blocks-table",
    what: "`DETACH PARTITION` without `CONCURRENTLY`",
    why: "It waits for every query of the partitioned table that runs, and all that come after wait behind it.",
    safeWay: `DETACH PARTITION … CONCURRENTLY (Postgres 14), ${ownMigration}.`,
  },
  {
    id: "refresh-materialized-view",
    severity: "blocks-table",
    what: "`REFRESH MATERIALIZED VIEW` without `CONCURRENTLY`",
    why: "Queries of the view wait until it is filled.",
    safeWay: "REFRESH MATERIALIZED VIEW CONCURRENTLY, for which the view needs a unique index.",
  },
  {
    id: "lock-table",
    severity: "blocks-table",
    what: "`LOCK TABLE` in SHARE mode or a stronger one",
    why: "Writes, or every query of the table, wait until the transaction ends.",
    safeWay: "Leave it out, or take a mode that lets rows be written (SHARE UPDATE EXCLUSIVE).",
  },
  {
    id: "lock-held",
    severity: "blocks-table",
    what: "`UPDATE`, `DELETE`, `INSERT … SELECT`, `CREATE TABLE AS`, `VALIDATE CONSTRAINT` after a statement of the same transaction that locks a table",
    why: "A lock is held until the transaction ends: the table stays locked while rows are read or written, in whichever table they are.",
    safeWay: "Move the statement to a migration of its own.",
  },
  {
    id: "whole-table-write",
    severity: "blocks-table",
    what: "`UPDATE` or `DELETE` without `WHERE`",
    why: "All rows are locked until the transaction ends, and whoever writes one of them waits.",
    safeWay: inBatches,
  },
  {
    id: "needs-no-transaction",
    severity: "fails",
    what: "`CONCURRENTLY`, `VACUUM`, `REINDEX DATABASE`, `CREATE DATABASE`, `ALTER SYSTEM`, … in a transaction; before Postgres 12 `ALTER TYPE … ADD VALUE`",
    why: "Postgres refuses it in a transaction, and a migration is one.",
    safeWay: "Put `-- seaworthy: no-transaction` at the top of the migration.",
  },
  {
    id: "enum-value-used-early",
    severity: "fails",
    what: "A value added by `ALTER TYPE … ADD VALUE`, used in the same transaction",
    why: "Postgres refuses to use a value before it is committed.",
    safeWay: "Use the value in a later migration.",
  },
  {
    id: "syntax-error",
    severity: "fails",
    what: "What Postgres 18 cannot parse: also psql's own commands (`\\connect`) and the rows of `COPY … FROM stdin`",
    why: "The migration cannot be run; nothing else in it was checked.",
    safeWay: "Correct it.",
  },
  {
    id: "not-checked",
    severity: "blocks-table",
    what: "A statement that is too large or too deeply nested to be looked into",
    why: "It may be anything.",
    safeWay: "Split it into several statements.",
  },
] as const satisfies readonly LintRule[];

export type LintRuleId = (typeof lintRules)[number]["id"];
