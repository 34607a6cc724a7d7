import type { Session } from "../../../kernel/database.ts";
import { inspect } from "../../../migrations/sql/guard.ts";
import type { ModuleContext } from "../../../migrations/module.ts";
import { splitStatements } from "../../../migrations/sql/statements.ts";
import { setsTransactionMode } from "../../../migrations/sql/transaction-mode.ts";

export interface ModuleQuery extends ModuleContext {
  /** Writes the migration's record, unless a query has come before. */
  readonly writeRecord: () => Promise<void>;
}

/**
 * What a migration module sends its statements with. The record goes before the first of them, for the reason that it
 * comes first in SQL, but behind one that sets the isolation level. Throws for what would end the transaction, and for a
 * text that cannot be sent as it is.
 */
export function createModuleQuery({ execute, queryWith }: Session, record: string): ModuleQuery {
  let isWritten = false;
  const writeRecord = async () => {
    if (isWritten) return;
    isWritten = true;
    await execute(record);
  };
  return {
    writeRecord,
    async query(sql, values = []) {
      refuseLossyText([sql, ...values]);
      if (splitStatements(sql).every(setsTransactionMode)) return queryWith(sql, values);
      const { refused } = inspect(sql, { transaction: true });
      if (refused !== undefined) throw new Error(refused.reason);
      // Both are queued at once: statements run in the order in which the module sent them, also those it does not await.
      const [, rows] = await Promise.all([writeRecord(), queryWith(sql, values)]);
      return rows;
    },
  };
}

/** Postgres's protocol ends a text at NUL, and half of a surrogate pair would be sent as U+FFFD. */
function refuseLossyText(values: readonly unknown[]): void {
  for (const value of values) {
    if (typeof value !== "string") continue;
    if (value.includes("\0")) throw new Error("a text holds the character NUL, which Postgres cannot store");
    if (!value.isWellFormed())
      throw new Error("a text holds half of a surrogate pair, which cannot be written as UTF-8");
  }
}
