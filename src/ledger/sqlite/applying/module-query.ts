import type { Session } from "../../../kernel/database.ts";
import type { ModuleContext } from "../../../migrations/module.ts";
import { inspectSqlite } from "../../../migrations/sql/sqlite/guard.ts";
import { findParameters } from "../../../migrations/sql/sqlite/parameters.ts";
import { sqliteStatements } from "../../../migrations/sql/sqlite/statements.ts";

/**
 * Creates the `query` function of a migration module: one statement in the migration's transaction. Throws for statements that
 * would end the transaction, and for values that would not be stored unchanged.
 */
export function createModuleQuery({ queryWith }: Session): ModuleContext["query"] {
  return async (sql, values = []) => {
    refuseLossyText([sql, ...values]);
    if (sql.includes("\0")) throw new Error("the statement holds the character NUL, where SQLite would cut it");
    const { refused, loner } = inspectSqlite(sql, { transaction: true });
    const reason = refused?.reason ?? loner?.reason;
    if (reason !== undefined) throw new Error(reason);
    const count = [...sqliteStatements(sql)].length;
    if (count !== 1) throw new Error(`query takes one statement, and received ${count}. Write a query for each.`);
    refuseOtherValues(sql, values);
    return queryWith(sql, values);
  };
}

/** SQLite takes a value that is not given for NULL. */
function refuseOtherValues(sql: string, values: readonly unknown[]): void {
  const found = new Set(findParameters(sql));
  const wanted = new Set(values.map((_, index) => `$${index + 1}`));
  const other = [...found].find((name) => !/^\$[1-9]\d*$/.test(name));
  if (other !== undefined) throw new Error(`the parameter ${other} is not supported: write $1, $2, … for the values`);
  const [missing] = found.difference(wanted);
  if (missing !== undefined) throw new Error(`the statement has ${missing}, and ${values.length} values are given`);
  const [unused] = wanted.difference(found);
  if (unused !== undefined) throw new Error(`${values.length} values are given, and the statement has no ${unused}`);
}

/** Half of a surrogate pair would become U+FFFD. */
function refuseLossyText(values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value === "string" && !value.isWellFormed())
      throw new Error("a text holds half of a surrogate pair, which cannot be written as UTF-8");
  }
}
