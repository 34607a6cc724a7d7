import type { Found, Inspection } from "../inspection.ts";
import { placeOf } from "../place.ts";
import { describeOpening } from "../unclosed.ts";
import { lonelyPragma, pragmaBeforeVacuum, runsAlone, uselessPragma } from "./alone.ts";
import { sqliteStatements, type SqliteStatement } from "./statements.ts";

/** Finds the first reason why a file would not run as its author means it. */
export function inspectSqlite(sql: string, { transaction }: { readonly transaction: boolean }): Inspection {
  let loner: Found | undefined;
  const statements = [...sqliteStatements(sql)];
  const lastVacuum = transaction ? Infinity : statements.findLastIndex(isVacuum);
  for (const [position, statement] of statements.entries()) {
    const found =
      unclosedIn(sql, statement) ??
      transactionControlIn(statement, transaction) ??
      otherFileIn(statement) ??
      uselessPragmaIn(statement, lastVacuum > position);
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

function uselessPragmaIn(statement: SqliteStatement, isBeforeVacuum: boolean): Found | undefined {
  const { index } = statement;
  const useless = uselessPragma(statement);
  if (useless !== undefined) return { index, reason: useless.endsWith("?") ? useless : `${useless}.` };
  const pragma = isBeforeVacuum ? undefined : pragmaBeforeVacuum(statement);
  if (pragma === undefined) return undefined;
  return { index, reason: `PRAGMA ${pragma} has no effect until a VACUUM. Write \`VACUUM;\` after it.` };
}

/** Not VACUUM INTO, which writes a copy. */
const isVacuum = ({ sql, words: [first] }: SqliteStatement) => first === "VACUUM" && !/\bINTO\b/i.test(sql);

function lonerIn(statement: SqliteStatement): Found | undefined {
  const pragma = lonelyPragma(statement);
  if (pragma === undefined && !runsAlone(statement)) return undefined;
  const what = pragma === undefined ? "VACUUM" : `PRAGMA ${pragma}`;
  return {
    index: statement.index,
    reason: `SQLite ${pragmaBeforeVacuum(statement) === undefined ? "refuses" : "ignores"} ${what} in a transaction. Write \`-- seaworthy: no-transaction\` at the head of the file.`,
  };
}
