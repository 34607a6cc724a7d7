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
    id: "drop-constraint",
    severity: "breaks-previous-version",
    what: "`DROP CONSTRAINT`, unless the same transaction adds it again, or it only repeats a `NOT NULL`; with a database also `DROP INDEX` of a unique index",
    why: "The previous version's `ON CONFLICT` fails without its unique constraint. Without any other it may meet values or lose deletes that it relies on.",
    safeWay: contract,
  },
  {
    id: "rename-constraint",
    severity: "breaks-previous-version",
    what: "`RENAME CONSTRAINT`; with a database also `ALTER INDEX … RENAME` of a constraint's index",
    why: "The previous version's `ON CONFLICT ON CONSTRAINT` fails, and it no longer tells errors apart by the name.",
    safeWay:
      "Keep the name. A unique constraint of another name can be made beside it; drop the old one in a contract migration.",
  },
  {
    id: "change-function",
    severity: "breaks-previous-version",
    what: "`CREATE FUNCTION` or `OR REPLACE` that makes a second function of the name, where one call may fit both",
    why: "OR REPLACE replaces only the same argument types. Beside another function a call may be ambiguous, and then fails.",
    safeWay:
      "Give the new one another name, or drop the old one in the same transaction and let the new one take its calls: the same arguments first, defaults for the rest.",
  },
  {
    id: "view-loses-columns",
    severity: "breaks-previous-version",
    what: "A view in the place of a view or table that had more columns",
    why: "Queries of the previous version that name a missing column fail.",
    safeWay: "Keep the columns, at least as `NULL AS name`, until a contract migration.",
  },
  {
    id: "change-owner",
    severity: "breaks-previous-version",
    what: "`OWNER TO`, `REASSIGN OWNED`",
    why: "The previous version may run as the old owner, which loses all its rights on the object.",
    safeWay:
      "GRANT the old owner what the app needs in the same transaction, and mark the migration as contract; or leave the owner as it is.",
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
    what: "`DROP DEFAULT`, `DROP IDENTITY`, `DROP EXPRESSION` of a column or domain",
    why: "An INSERT of the previous version that leaves the column out writes NULL, or fails where NULL is not allowed.",
    safeWay: contract,
  },
  {
    id: "add-identity-always",
    severity: "breaks-previous-version",
    what: "`ADD GENERATED ALWAYS AS IDENTITY`, `SET GENERATED ALWAYS`",
    why: "An INSERT or UPDATE of the previous version that writes the column itself fails.",
    safeWay:
      "GENERATED BY DEFAULT AS IDENTITY. SET GENERATED ALWAYS in a contract migration, once no version writes the column.",
  },
  {
    id: "drop-not-null",
    severity: "breaks-previous-version",
    what: "`DROP NOT NULL` of a column or domain",
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
    id: "rule-instead",
    severity: "breaks-previous-version",
    what: "`CREATE RULE … DO INSTEAD` on a table",
    why: "What the previous version writes goes elsewhere or nowhere, without an error; with `RETURNING` it fails.",
    safeWay:
      "Use a trigger that completes the write, or let the app write elsewhere first, and make the rule in a contract migration.",
  },
  {
    id: "enable-row-security",
    severity: "breaks-previous-version",
    what: "`ENABLE ROW LEVEL SECURITY`, `FORCE ROW LEVEL SECURITY`, `CREATE POLICY … AS RESTRICTIVE`, `ALTER POLICY` with another condition",
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
