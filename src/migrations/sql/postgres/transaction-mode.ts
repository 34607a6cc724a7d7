import { settingOf } from "./setting.ts";
import type { Statement } from "../statement.ts";
import { postgresStatements } from "./statements.ts";

/** Whether the statement sets a mode that Postgres accepts only before a transaction's first query. */
export function setsTransactionMode(statement: Statement): boolean {
  const { sql, words } = statement;
  if (words[0] !== "SET") return false;
  if (isSetTransaction(words)) return /\b(?:ISOLATION|DEFERRABLE|SNAPSHOT)\b/i.test(sql);
  const setting = settingOf(statement);
  return setting?.name === "transaction_isolation" || setting?.name === "transaction_deferrable";
}

/** SET TRANSACTION. SET SESSION CHARACTERISTICS AS TRANSACTION affects later transactions only. */
export function isSetTransaction([first, second = "", third]: readonly string[]): boolean {
  return (
    first === "SET" && (second === "TRANSACTION" || (["LOCAL", "SESSION"].includes(second) && third === "TRANSACTION"))
  );
}

/** A text, split into its transaction modes and the rest. */
export interface Modes {
  readonly modes: readonly Statement[];
  /** The text with blanks in place of the modes: all other characters keep their positions. */
  readonly rest: string;
}

/**
 * Takes the transaction modes out of a migration's leading settings, to be sent before the query that records it. After
 * any other statement, a mode comes too late.
 */
export function takeModes(sql: string): Modes {
  const modes: Statement[] = [];
  for (const statement of postgresStatements(sql)) {
    if (setsTransactionMode(statement)) modes.push(statement);
    else if (!isSetting(statement)) break;
  }
  let rest = sql;
  for (const { index, sql: text } of modes)
    rest = rest.slice(0, index) + text.replaceAll(/[^\r\n]/g, " ") + rest.slice(index + text.length);
  return { modes, rest };
}

/** SET and RESET, including SET TRANSACTION. They do not count as a transaction's first query. */
export function isSetting({ words: [first] }: Pick<Statement, "words">): boolean {
  return first === "SET" || first === "RESET";
}
