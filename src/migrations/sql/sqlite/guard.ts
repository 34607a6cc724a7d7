import type { Found, Inspection } from "../inspection.ts";
import { placeOf } from "../place.ts";
import { describeOpening } from "../unclosed.ts";
import { sqliteStatements, type SqliteStatement } from "./statements.ts";

/** Finds the first reason why a file would not run as its author means it. */
export function inspectSqlite(sql: string): Inspection {
  for (const statement of sqliteStatements(sql)) {
    const found = unclosedIn(sql, statement) ?? transactionControlIn(statement);
    if (found !== undefined) return { refused: { ...placeOf(sql, found.index), reason: found.reason } };
  }
  return {};
}

function unclosedIn(sql: string, { unclosed: index }: SqliteStatement): Found | undefined {
  return index === undefined ? undefined : { index, reason: `${describeOpening(sql, index)} is never closed.` };
}

function transactionControlIn({ index, words: [first = "", second = "", third] }: SqliteStatement): Found | undefined {
  const isSavepoint = second === "TO" || (second === "TRANSACTION" && third === "TO");
  if (!["BEGIN", "COMMIT", "END", "ROLLBACK"].includes(first) || (first === "ROLLBACK" && isSavepoint))
    return undefined;
  const reason = `${first} inside a migration. Remove it: every migration already runs in a transaction of its own.`;
  return { index, reason };
}
