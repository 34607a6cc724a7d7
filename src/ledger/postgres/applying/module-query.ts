import type { Session } from "../../../kernel/database.ts";
import { inspectPostgres } from "../../../migrations/sql/postgres/guard.ts";
import type { ModuleContext } from "../../../migrations/module.ts";
import { postgresStatements } from "../../../migrations/sql/postgres/statements.ts";
import { setsTransactionMode } from "../../../migrations/sql/postgres/transaction-mode.ts";

export interface ModuleQuery extends ModuleContext {
  /** Writes the migration's record, unless a query has already done so. */
  readonly writeRecord: () => Promise<void>;
}

/**
 * Creates the `query` function of a migration module. As in SQL migrations, the record goes before the first statement, but
 * after one that sets the isolation level. Throws for statements that would end the transaction, and for text that cannot be
 * sent unchanged.
 */
export function createModuleQuery({ execute, queryWith }: Session, record: string): ModuleQuery {
  let isWritten = false;
  const writeRecord = async () => {
    if (isWritten) return;
    isWritten = true;
    await execute(record);
  };
  const query: ModuleContext["query"] = async (sql, values = []) => {
    refuseLossyText([sql, ...values]);
    if (postgresStatements(sql).every(setsTransactionMode)) return queryWith(sql, values);
    const { refused } = inspectPostgres(sql, { transaction: true });
    if (refused !== undefined) throw new Error(refused.reason);
    // Queue both at once: statements run in the order in which the module sent them, even without await.
    const [, rows] = await Promise.all([writeRecord(), queryWith(sql, values)]);
    return rows;
  };
  return { writeRecord, query };
}

/** Postgres's protocol ends text at NUL, and half of a surrogate pair would become U+FFFD. */
function refuseLossyText(values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value !== "string") continue;
    if (value.includes("\0")) throw new Error("a text holds the character NUL, which Postgres cannot store");
    if (!value.isWellFormed())
      throw new Error("a text holds half of a surrogate pair, which cannot be written as UTF-8");
  }
}
