import type { LintRule } from "./rule.ts";
import { blockingRules } from "./rules-blocking.ts";
import { compatibilityRules } from "./rules-compatibility.ts";

/** Statements that Postgres refuses, or that the linter cannot check. */
const failingRules = [
  {
    id: "needs-no-transaction",
    severity: "fails",
    what: "`CONCURRENTLY`, `VACUUM`, `REINDEX DATABASE`, `CREATE DATABASE`, `ALTER SYSTEM`, … in a transaction; before Postgres 12, also `ALTER TYPE … ADD VALUE`",
    why: "Postgres refuses it in a transaction, and a migration runs in one.",
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
    id: "replace-refused",
    severity: "fails",
    what: "`CREATE OR REPLACE VIEW` with fewer, renamed or reordered columns; `CREATE OR REPLACE FUNCTION` with another result type, renamed parameters or fewer defaults",
    why: "Postgres refuses the replacement.",
    safeWay:
      "Add new columns of a view at the end, and give new parameters a default. Otherwise drop it and create it again in the same transaction, and keep the columns and calls of the previous version working.",
  },
  {
    id: "syntax-error",
    severity: "fails",
    what: "SQL that Postgres 18 cannot parse, including psql commands (`\\connect`) and the rows of `COPY … FROM stdin`",
    why: "The migration cannot run, and the rest of it was not checked.",
    safeWay: "Correct the SQL.",
  },
  {
    id: "not-checked",
    severity: "blocks-table",
    what: "A statement that is too large or too deeply nested to be checked",
    why: "It may block or break anything.",
    safeWay: "Split it into several statements.",
  },
] as const satisfies readonly LintRule[];

/** The rules behind the warnings of `--plan`. None applies to objects that the same upgrade creates. */
export const lintRules = [...compatibilityRules, ...blockingRules, ...failingRules] as const;

export type LintRuleId = (typeof lintRules)[number]["id"];
