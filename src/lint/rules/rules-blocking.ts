import type { LintRule } from "./rule.ts";

const copyColumn =
  "Add a new column, write to both (by the app or a trigger), copy the rows in batches, read the new one; drop the old one in a contract migration.";
const inBatches =
  "Change a few thousand rows a statement, in a migration marked `-- seaworthy: no-transaction`, or from a JavaScript migration or a job of the app.";
const ownMigration = "in a migration of its own, marked `-- seaworthy: no-transaction`";

/** What makes queries of a live table wait. */
export const blockingRules = [
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
    id: "attach-partition",
    severity: "blocks-table",
    what: "`ATTACH PARTITION` of a table that may have rows, without a validated `CHECK`",
    why: "All its rows are checked while every query of it waits.",
    safeWay:
      "One migration: ADD CONSTRAINT … CHECK (what the partition's bounds say) NOT VALID. The next: VALIDATE CONSTRAINT. Then ATTACH PARTITION, which looks at no row.",
  },
  {
    id: "repeated-alter-table",
    severity: "blocks-table",
    what: "A second `ALTER TABLE` of a table that rewrites it or checks its rows again; in a `no-transaction` migration any second one right after the first",
    why: "Each goes through all rows, or waits for its lock, while every query of the table waits.",
    safeWay: "One ALTER TABLE with both commands, separated by a comma: it goes through the rows once.",
  },
  {
    id: "no-lock-timeout",
    severity: "blocks-table",
    what: "`SET lock_timeout = 0`, `RESET lock_timeout`, `RESET ALL`, and the same by `set_config`",
    why: "Without a limit the migration may wait for a lock for ever, and every query of the table waits behind it.",
    safeWay:
      "Leave it out, or write `-- seaworthy: lock-timeout 30s` at the migration's head. CONCURRENTLY runs without a limit anyway, and keeps no query waiting.",
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
] as const satisfies readonly LintRule[];
