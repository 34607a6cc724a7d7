import type { LintRule } from "./rule.ts";

const copyColumn =
  "Add a new column and write both (in the app or with a trigger). Copy the rows in batches, then read the new column. Drop the old one in a contract migration.";
const inBatches =
  "Change a few thousand rows per statement: in a migration marked `-- seaworthy: no-transaction`, in a JavaScript migration, or in a job of the app.";
const ownMigration = "in a separate migration marked `-- seaworthy: no-transaction`";

/** Statements that make queries on a live table wait. */
export const blockingRules = [
  {
    id: "change-column-type",
    severity: "blocks-table",
    what: "`ALTER COLUMN … TYPE`, unless Postgres can keep the stored values: a longer or unlimited varchar, varchar to text and back, a numeric with more digits, a timestamp with a higher precision, cidr to inet",
    why: "Postgres rewrites the whole table and its indexes while every query on it waits. The previous version sees the new type.",
    safeWay: copyColumn,
  },
  {
    id: "set-not-null",
    severity: "blocks-table",
    what: "`SET NOT NULL`, unless a validated `CHECK (column IS NOT NULL)` proves it (Postgres 12)",
    why: "Postgres checks all rows while every query on the table waits. A previous version that writes NULL fails.",
    safeWay:
      "In one migration: ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID. In the next: VALIDATE CONSTRAINT, then SET NOT NULL (which no longer scans the table), then DROP CONSTRAINT.",
  },
  {
    id: "add-column-rewrite",
    severity: "blocks-table",
    what: "`ADD COLUMN` with a volatile default (`gen_random_uuid()`, `random()`, `clock_timestamp()`, `nextval()`, a function that is not known to be stable), of type serial, as identity, or `GENERATED … STORED`; before Postgres 11, with any default",
    why: "Postgres rewrites the whole table while every query on it waits.",
    safeWay:
      "Add the column without it, SET DEFAULT for new rows, and fill the old rows in batches. Instead of a stored generated column, use a virtual one (Postgres 18), a view, or a trigger.",
  },
  {
    id: "add-foreign-key",
    severity: "blocks-table",
    what: "`ADD … FOREIGN KEY` without `NOT VALID`",
    why: "Postgres checks all rows while writes to both tables wait.",
    safeWay: "Add it NOT VALID: it already applies to new rows. VALIDATE CONSTRAINT in a later migration.",
  },
  {
    id: "add-check",
    severity: "blocks-table",
    what: "`ADD … CHECK` without `NOT VALID`",
    why: "Postgres checks all rows while every query on the table waits.",
    safeWay: "Add it NOT VALID: it already applies to new rows. VALIDATE CONSTRAINT in a later migration.",
  },
  {
    id: "add-unique",
    severity: "blocks-table",
    what: "`ADD … UNIQUE` or `PRIMARY KEY` without `USING INDEX`",
    why: "Postgres builds the index while every query on the table waits.",
    safeWay: `CREATE UNIQUE INDEX CONCURRENTLY ${ownMigration}. ADD CONSTRAINT … USING INDEX in the next.`,
  },
  {
    id: "add-exclusion",
    severity: "blocks-table",
    what: "`ADD … EXCLUDE`",
    why: "Postgres builds the index while every query on the table waits. CONCURRENTLY does not exist for exclusion constraints.",
    safeWay: "Add it while the table is small, or create a new table with it and move the rows there.",
  },
  {
    id: "validate-in-same-migration",
    severity: "blocks-table",
    what: "`VALIDATE CONSTRAINT` in the transaction that added the constraint",
    why: "The transaction holds the table lock of ADD CONSTRAINT until it ends, so the table stays locked while Postgres checks all rows.",
    safeWay: "Move VALIDATE CONSTRAINT to a later migration.",
  },
  {
    id: "add-domain-constraint",
    severity: "blocks-table",
    what: "`ALTER DOMAIN … ADD CHECK` without `NOT VALID`, `ALTER DOMAIN … SET NOT NULL`",
    why: "Postgres checks the rows of every table that uses the domain while writes to these tables wait.",
    safeWay: "Add a CHECK as NOT VALID. ALTER DOMAIN … VALIDATE CONSTRAINT in a later migration.",
  },
  {
    id: "add-index",
    severity: "blocks-table",
    what: "`CREATE INDEX` without `CONCURRENTLY`",
    why: "Writes to the table wait until the index is built.",
    safeWay: `CREATE INDEX CONCURRENTLY, ${ownMigration}. For a partitioned table: create the index on each partition, then CREATE INDEX ON ONLY the table, then ATTACH.`,
  },
  {
    id: "drop-index",
    severity: "blocks-table",
    what: "`DROP INDEX` without `CONCURRENTLY`",
    why: "It waits for every running query on the table, and all later queries wait behind it.",
    safeWay: `DROP INDEX CONCURRENTLY, ${ownMigration}.`,
  },
  {
    id: "reindex",
    severity: "blocks-table",
    what: "`REINDEX` without `CONCURRENTLY`",
    why: "Writes to the table and queries that would use the index wait until it is built.",
    safeWay: `REINDEX … CONCURRENTLY (Postgres 12), ${ownMigration}.`,
  },
  {
    id: "rewrite-table",
    severity: "blocks-table",
    what: "`CLUSTER`, `VACUUM FULL`, `SET TABLESPACE`, `SET LOGGED`, `SET UNLOGGED`, `SET ACCESS METHOD`, `SET EXPRESSION`",
    why: "Postgres rewrites the whole table while every query on it waits.",
    safeWay: "Use pg_repack or pg_squeeze outside of migrations, or copy the rows to a new table in batches.",
  },
  {
    id: "detach-partition",
    severity: "blocks-table",
    what: "`DETACH PARTITION` without `CONCURRENTLY`",
    why: "It waits for every running query on the partitioned table, and all later queries wait behind it.",
    safeWay: `DETACH PARTITION … CONCURRENTLY (Postgres 14), ${ownMigration}.`,
  },
  {
    id: "attach-partition",
    severity: "blocks-table",
    what: "`ATTACH PARTITION` of a table that may have rows, without a validated `CHECK`",
    why: "Postgres checks all rows of that table while every query on it waits.",
    safeWay:
      "In one migration: ADD CONSTRAINT … CHECK (the partition's bounds) NOT VALID. In the next: VALIDATE CONSTRAINT. Then ATTACH PARTITION, which no longer scans the table.",
  },
  {
    id: "repeated-alter-table",
    severity: "blocks-table",
    what: "A second `ALTER TABLE` that rewrites or checks the same table again; in a `no-transaction` migration, any second one right after the first",
    why: "Each one scans all rows, or waits for its lock, while every query on the table waits.",
    safeWay: "Use one ALTER TABLE with both commands, separated by a comma: it scans the rows once.",
  },
  {
    id: "no-lock-timeout",
    severity: "blocks-table",
    what: "`SET lock_timeout = 0`, `RESET lock_timeout`, `RESET ALL`, and the same with `set_config`",
    why: "Without a limit, the migration may wait for a lock for ever, and every query on the table waits behind it.",
    safeWay:
      "Leave it out, or write `-- seaworthy: lock-timeout 30s` at the top of the migration. CONCURRENTLY runs without a limit in any case, and blocks no query.",
  },
  {
    id: "refresh-materialized-view",
    severity: "blocks-table",
    what: "`REFRESH MATERIALIZED VIEW` without `CONCURRENTLY`",
    why: "Queries on the view wait until it is filled.",
    safeWay: "REFRESH MATERIALIZED VIEW CONCURRENTLY. It needs a unique index on the view.",
  },
  {
    id: "lock-table",
    severity: "blocks-table",
    what: "`LOCK TABLE` in SHARE mode or a stronger one",
    why: "Writes to the table, or all queries on it, wait until the transaction ends.",
    safeWay: "Leave it out, or use a mode that does not block writes (SHARE UPDATE EXCLUSIVE).",
  },
  {
    id: "lock-held",
    severity: "blocks-table",
    what: "`UPDATE`, `DELETE`, `INSERT … SELECT`, `CREATE TABLE AS`, `VALIDATE CONSTRAINT` after a statement that locks a table in the same transaction",
    why: "Postgres holds a lock until the transaction ends. The table stays locked while the statement reads or writes rows, even rows of another table.",
    safeWay: "Move the statement to a separate migration.",
  },
  {
    id: "whole-table-write",
    severity: "blocks-table",
    what: "`UPDATE` or `DELETE` without `WHERE`",
    why: "All rows stay locked until the transaction ends, and other writes to them wait.",
    safeWay: inBatches,
  },
] as const satisfies readonly LintRule[];
