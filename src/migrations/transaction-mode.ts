import { settingOf } from "./setting.ts";
import { readStatements, type Statement } from "./statements.ts";

/** Whether it sets what Postgres sets only before a transaction's first query. */
export function setsTransactionMode(statement: Statement): boolean {
  const { sql, words } = statement;
  if (words[0] !== "SET") return false;
  if (isSetTransaction(words)) return /\b(?:ISOLATION|DEFERRABLE|SNAPSHOT)\b/i.test(sql);
  const setting = settingOf(statement);
  return setting?.name === "transaction_isolation" || setting?.name === "transaction_deferrable";
}

/** SET TRANSACTION; not SET SESSION CHARACTERISTICS AS TRANSACTION, which is about later ones. */
export function isSetTransaction([first, second = "", third]: readonly string[]): boolean {
  return (
    first === "SET" && (second === "TRANSACTION" || (["LOCAL", "SESSION"].includes(second) && third === "TRANSACTION"))
  );
}

/** A text whose statements of that kind, among the settings that it begins with, are taken out. */
export interface Modes {
  readonly modes: readonly Statement[];
  /** The text with blanks in their place: every other character stands where it stood. */
  readonly rest: string;
}

/**
 * Takes them out of a migration: its record would come before them, and is a query. Settings ask for nothing; behind any
 * other statement it is too late for them.
 */
export function takeModes(sql: string): Modes {
  const modes: Statement[] = [];
  for (const statement of readStatements(sql)) {
    if (setsTransactionMode(statement)) modes.push(statement);
    else if (!isSetting(statement)) break;
  }
  let rest = sql;
  for (const { index, sql: text } of modes)
    rest = rest.slice(0, index) + text.replaceAll(/[^\r\n]/g, " ") + rest.slice(index + text.length);
  return { modes, rest };
}

/** What sends no query: SET and RESET, SET TRANSACTION included. */
export function isSetting({ words: [first] }: Pick<Statement, "words">): boolean {
  return first === "SET" || first === "RESET";
}
