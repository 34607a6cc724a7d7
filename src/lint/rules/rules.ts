import type { LintRule } from "./rule.ts";
import { blockingRules } from "./rules-blocking.ts";
import { compatibilityRules } from "./rules-compatibility.ts";

/** What cannot be run, or not be looked into. */
const failingRules = [
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
    id: "replace-refused",
    severity: "fails",
    what: "`CREATE OR REPLACE VIEW` with fewer, renamed or reordered columns; `CREATE OR REPLACE FUNCTION` with another result, renamed parameters or fewer defaults",
    why: "Postgres refuses to replace it.",
    safeWay:
      "New columns of a view go to the end, and new parameters need a default. Otherwise drop it and create it again in the same transaction, so that calls and columns of the previous version still work.",
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

/** What `--plan` warns of. None of it holds for what the same upgrade has made. */
export const lintRules = [...compatibilityRules, ...blockingRules, ...failingRules] as const;

export type LintRuleId = (typeof lintRules)[number]["id"];
