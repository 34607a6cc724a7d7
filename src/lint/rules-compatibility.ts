import type { LintRule } from "./rule.ts";

const contract =
  "First release a version that does without it. Then do this in a migration marked `-- seaworthy: contract VERSION`, that version being VERSION.";
const copyColumn =
  "Add a new column, write to both (by the app or a trigger), copy the rows in batches, read the new one; drop the old one in a contract migration.";

/** What the version that still runs does not expect. */
export const compatibilityRules = [
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
] as const satisfies readonly LintRule[];
