import type { Found, Inspection } from "../inspection.ts";
import { placeOf } from "../place.ts";
import { describeOpening } from "../unclosed.ts";
import { lonelyPragma, runsAlone } from "./alone.ts";
import { sqliteStatements, type SqliteStatement } from "./statements.ts";

/** Finds the first reason why a file would not run as its author means it. */
export function inspectSqlite(sql: string, { transaction }: { readonly transaction: boolean }): Inspection {
  let loner: Found | undefined;
  for (const statement of sqliteStatements(sql)) {
    const found = unclosedIn(sql, statement) ?? transactionControlIn(statement, transaction) ?? otherFileIn(statement);
    if (found !== undefined) return { refused: { ...placeOf(sql, found.index), reason: found.reason } };
    if (transaction) loner ??= lonerIn(statement);
  }
  return loner === undefined ? {} : { loner: { ...placeOf(sql, loner.index), reason: loner.reason } };
}

function unclosedIn(sql: string, { unclosed: index }: SqliteStatement): Found | undefined {
  return index === undefined ? undefined : { index, reason: `${describeOpening(sql, index)} is never closed.` };
}

function transactionControlIn(
  { index, words: [first = "", second = "", third] }: SqliteStatement,
  transaction: boolean,
): Found | undefined {
  const isSavepoint = second === "TO" || (second === "TRANSACTION" && third === "TO");
  if (!["BEGIN", "COMMIT", "END", "ROLLBACK"].includes(first) || (first === "ROLLBACK" && isSavepoint))
    return undefined;
  const why = transaction
    ? "every migration already runs in a transaction of its own"
    : "each statement of a no-transaction migration runs in a transaction of its own";
  return { index, reason: `${first} inside a migration. Remove it: ${why}.` };
}

/** Neither the lock nor the record of this database covers another file. */
function otherFileIn({ index, words: [first = ""] }: SqliteStatement): Found | undefined {
  if (first !== "ATTACH" && first !== "DETACH") return undefined;
  const fix = "Make that file a dependency of its own, with its own migrations";
  return {
    index,
    reason: `${first} inside a migration: a change of another file is not recorded, and may not be rolled back, with this one. ${fix}.`,
  };
}

function lonerIn(statement: SqliteStatement): Found | undefined {
  const pragma = lonelyPragma(statement);
  if (pragma === undefined && !runsAlone(statement)) return undefined;
  const what = pragma === undefined ? "VACUUM" : `PRAGMA ${pragma}`;
  return {
    index: statement.index,
    reason: `SQLite refuses ${what} in a transaction. Write \`-- seaworthy: no-transaction\` at the head of the file.`,
  };
}
