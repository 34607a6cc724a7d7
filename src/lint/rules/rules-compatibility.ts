import type { LintRule } from "./rule.ts";

const contract =
  "First release a version that does not need it. Then do this in a migration marked `-- seaworthy: contract VERSION`, where VERSION is that version.";
const copyColumn =
  "Add a new column and write both (in the app or with a trigger). Copy the rows in batches, then read the new column. Drop the old one in a contract migration.";

/** Changes that the version that still runs does not expect. */
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
    why: "The previous version still uses it in queries or prepared statements.",
    safeWay: contract,
  },
  {
    id: "drop-object",
    severity: "breaks-previous-version",
    what: "`DROP` of a schema, sequence, type, domain, function, procedure, trigger, policy, rule, extension, role, …",
    why: "The previous version may rely on it, directly or indirectly.",
    safeWay: `Create a function, trigger, policy or rule again in the same transaction. Otherwise: ${contract}`,
  },
  {
    id: "drop-constraint",
    severity: "breaks-previous-version",
    what: "`DROP CONSTRAINT`, unless the same transaction adds it again, or it only repeats a `NOT NULL`; with a database, also `DROP INDEX` of a unique index",
    why: "The previous version's `ON CONFLICT` fails without its unique constraint. Without another constraint, it may read values that it does not expect, or lose cascading deletes that it relies on.",
    safeWay: contract,
  },
  {
    id: "rename-constraint",
    severity: "breaks-previous-version",
    what: "`RENAME CONSTRAINT`; with a database, also `ALTER INDEX … RENAME` of a constraint's index",
    why: "The previous version's `ON CONFLICT ON CONSTRAINT` fails, and it no longer recognizes errors by the constraint's name.",
    safeWay:
      "Keep the name. Or add a unique constraint with the new name, and drop the old one in a contract migration.",
  },
  {
    id: "change-function",
    severity: "breaks-previous-version",
    what: "`CREATE FUNCTION` or `OR REPLACE` that adds a second function with the same name, if a call may match both",
    why: "OR REPLACE replaces only a function with the same argument types. With two functions, a call may be ambiguous and fail.",
    safeWay:
      "Give the new function another name. Or drop the old one in the same transaction, and let the new one accept its calls: the same arguments first, defaults for the rest.",
  },
  {
    id: "view-loses-columns",
    severity: "breaks-previous-version",
    what: "A view that replaces a view or table with more columns",
    why: "Queries of the previous version that name a missing column fail.",
    safeWay: "Keep the columns until a contract migration, at least as `NULL AS name`.",
  },
  {
    id: "change-owner",
    severity: "breaks-previous-version",
    what: "`OWNER TO`, `REASSIGN OWNED`",
    why: "The previous version may run as the old owner, who loses all rights on the object.",
    safeWay:
      "GRANT the old owner the rights that the app needs in the same transaction, and mark the migration as contract. Or keep the owner.",
  },
  {
    id: "rename-table",
    severity: "breaks-previous-version",
    what: "`RENAME TO` of a table or view",
    why: "The previous version uses the old name.",
    safeWay:
      "In the same transaction, create a view with the old name (`CREATE VIEW old AS SELECT * FROM new`). It accepts writes as well. Drop it in a contract migration.",
  },
  {
    id: "rename-column",
    severity: "breaks-previous-version",
    what: "`RENAME COLUMN`, `RENAME ATTRIBUTE`",
    why: "The previous version uses the old name.",
    safeWay: copyColumn,
  },
  {
    id: "rename-object",
    severity: "breaks-previous-version",
    what: "`RENAME TO` of a schema, sequence, type, domain, function, role, …",
    why: "The previous version uses the old name.",
    safeWay: "Create a second one with the new name. Drop the old one in a contract migration.",
  },
  {
    id: "rename-enum-value",
    severity: "breaks-previous-version",
    what: "`ALTER TYPE … RENAME VALUE`",
    why: "The previous version reads and writes the old value.",
    safeWay:
      "Add the new value. Release a version that reads both and writes the new one, then change the rows in batches. The old value can stay.",
  },
  {
    id: "set-schema",
    severity: "breaks-previous-version",
    what: "`SET SCHEMA`",
    why: "The previous version looks for it in the old schema.",
    safeWay:
      "For a table, create a view in the old schema in the same transaction. Otherwise create a second one in the new schema, and drop the old one in a contract migration.",
  },
  {
    id: "truncate",
    severity: "breaks-previous-version",
    what: "`TRUNCATE`",
    why: "It removes rows that the previous version uses, and every query on the table waits until the transaction ends.",
    safeWay: `Delete the rows in batches once no version needs them. Otherwise: ${contract}`,
  },
  {
    id: "drop-default",
    severity: "breaks-previous-version",
    what: "`DROP DEFAULT`, `DROP IDENTITY`, `DROP EXPRESSION` of a column or domain",
    why: "An INSERT of the previous version that leaves out the column writes NULL, or fails if the column is NOT NULL.",
    safeWay: contract,
  },
  {
    id: "add-identity-always",
    severity: "breaks-previous-version",
    what: "`ADD GENERATED ALWAYS AS IDENTITY`, `SET GENERATED ALWAYS`",
    why: "An INSERT or UPDATE of the previous version that writes the column fails.",
    safeWay:
      "Use GENERATED BY DEFAULT AS IDENTITY. SET GENERATED ALWAYS in a contract migration, once no version writes the column.",
  },
  {
    id: "drop-not-null",
    severity: "breaks-previous-version",
    what: "`DROP NOT NULL` of a column or domain",
    why: "The previous version does not expect NULL in this column.",
    safeWay:
      "First release a version that can read NULL there. Then do this in a migration marked `-- seaworthy: contract VERSION`, where VERSION is that version.",
  },
  {
    id: "add-required-column",
    severity: "breaks-previous-version",
    what: "`ADD COLUMN … NOT NULL` without a default",
    why: "INSERTs of the previous version fail. The statement itself also fails if the table has rows.",
    safeWay: "Give the column a constant DEFAULT, or allow NULL until every version writes it.",
  },
  {
    id: "add-json-column",
    severity: "breaks-previous-version",
    what: "`ADD COLUMN … json`",
    why: "Postgres cannot compare json values: `SELECT DISTINCT` and `UNION` over all columns of the table fail.",
    safeWay: "Use jsonb.",
  },
  {
    id: "disable-trigger",
    severity: "breaks-previous-version",
    what: "`DISABLE TRIGGER`, `DISABLE RULE`",
    why: "It no longer completes or checks writes of the previous version.",
    safeWay: `Enable it again in the same transaction. Otherwise: ${contract}`,
  },
  {
    id: "rule-instead",
    severity: "breaks-previous-version",
    what: "`CREATE RULE … DO INSTEAD` on a table",
    why: "Writes of the previous version go elsewhere or are lost, without an error. With `RETURNING` they fail.",
    safeWay:
      "Use a trigger that completes the write. Or release a version that writes elsewhere, and create the rule in a contract migration.",
  },
  {
    id: "enable-row-security",
    severity: "breaks-previous-version",
    what: "`ENABLE ROW LEVEL SECURITY`, `FORCE ROW LEVEL SECURITY`, `CREATE POLICY … AS RESTRICTIVE`, `ALTER POLICY` with another condition",
    why: "The previous version may no longer see or write some rows.",
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
