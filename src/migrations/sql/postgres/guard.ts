import { clausesOf, type Clause } from "./clauses.ts";
import { describeLoner, mayBeLoner } from "./own-transaction.ts";
import { settingOf } from "./setting.ts";
import { firstOf, type Found, type Inspection } from "../inspection.ts";
import { placeOf } from "../place.ts";
import { describeOpening } from "../unclosed.ts";
import { postgresTokens } from "./tokens.ts";
import { isSetTransaction, isSetting, setsTransactionMode } from "./transaction-mode.ts";

/**
 * Finds the first reason why a file would not run as its author means it: a statement that ends the transaction in
 * which the migration is recorded, a command of psql, or a quote that is never closed. It also checks the clauses in
 * the body of a function: a valid body contains none of these.
 */
export function inspectPostgres(sql: string, { transaction }: { readonly transaction: boolean }): Inspection {
  let loner: Found | undefined;
  let endlessWait: number | undefined;
  let isBeforeQueries = true;
  for (const clause of clausesOf(sql)) {
    const found = firstOf(
      firstOf(psqlCommandIn(sql, clause), unclosedIn(sql, clause)),
      transactionControlIn(clause, transaction) ??
        modeIn(sql, clause, { transaction, isBeforeQueries }) ??
        otherIn(sql, clause),
    );
    if (found !== undefined) return { refused: { ...placeOf(sql, found.index), reason: found.reason } };
    if (transaction) loner ??= lonerIn(sql, clause);
    endlessWait ??= endlessWaitIn(sql, clause);
    isBeforeQueries &&= clause.index === undefined || isSetting(clause);
  }
  return {
    ...(loner !== undefined && { loner: { ...placeOf(sql, loner.index), reason: loner.reason } }),
    ...(endlessWait !== undefined && { endlessWait: placeOf(sql, endlessWait) }),
  };
}

interface Position {
  readonly transaction: boolean;
  /** Whether only settings come before it. */
  readonly isBeforeQueries: boolean;
}

function modeIn(
  sql: string,
  { index, end, words }: Clause,
  { transaction, isBeforeQueries }: Position,
): Found | undefined {
  if (index === undefined || words[0] !== "SET") return undefined;
  if (!transaction) return isSetTransaction(words) ? { index, reason: setTransaction } : undefined;
  const text = sql.slice(index, end);
  if (!setsTransactionMode({ sql: text, index, words })) return undefined;
  if (!isBeforeQueries) return { index, reason: lateMode };
  return /\bREAD\s+ONLY\b/i.test(text) ? { index, reason: readOnlyMode } : undefined;
}

function endlessWaitIn(sql: string, { index, end, words }: Clause): number | undefined {
  const [first = ""] = words;
  if (index === undefined || !["SET", "RESET", "SELECT"].includes(first)) return undefined;
  const setting = settingOf({ sql: sql.slice(index, end), index, words });
  if (setting === undefined) return undefined;
  const { name, value } = setting;
  const isEndless = /^(?:default|0+(?:\.0*)?\s*[a-z]*)$/.test(value);
  return (name === "lock_timeout" && isEndless) || (name === "all" && first === "RESET") ? index : undefined;
}

function lonerIn(sql: string, { index, end, words }: Clause): Found | undefined {
  if (index === undefined || !mayBeLoner(words)) return undefined;
  const what = describeLoner({ sql: sql.slice(index, end), index, words });
  if (what === undefined) return undefined;
  const fix = "Put `-- seaworthy: no-transaction` at the head of the file";
  return { index, reason: `${what} cannot run in a transaction, and a migration is one. ${fix}.` };
}

function psqlCommandIn(sql: string, { backslash }: Clause): Found | undefined {
  if (backslash === undefined) return undefined;
  const command = /^\\\S{0,30}/.exec(sql.slice(backslash, backslash + 32))?.[0] ?? "\\";
  const reason = `${command} is a command of psql, which only psql understands. Remove it, or write SQL in its place.`;
  return { index: backslash, reason };
}

function transactionControlIn({ index, words }: Clause, transaction: boolean): Found | undefined {
  const [word = ""] = words;
  if (index === undefined || !endsTransaction(words)) return undefined;
  const why = transaction
    ? "every migration already runs in a transaction of its own"
    : "every statement of a no-transaction migration is committed on its own";
  return { index, reason: `${word} inside a migration. Remove it: ${why}.` };
}

function endsTransaction([first = "", second = "", third]: readonly string[]): boolean {
  // ROLLBACK TO a savepoint does not end the transaction.
  if (first === "ROLLBACK") return second !== "TO" && !(["WORK", "TRANSACTION"].includes(second) && third === "TO");
  if (second === "TRANSACTION" && (first === "START" || first === "PREPARE")) return true;
  return ["BEGIN", "COMMIT", "END", "ABORT"].includes(first);
}

function otherIn(sql: string, { index, end, words }: Clause): Found | undefined {
  if (index === undefined) return undefined;
  const [first, second] = words;
  if (first === "COPY" && copiesFromStdin(sql.slice(index, end))) return { index, reason: fromStdin };
  if (first === "DISCARD" && second === "ALL") return { index, reason: discardAll };
  if (first !== "SET") return undefined;
  const setting = settingOf({ sql: sql.slice(index, end), index, words });
  if (setting?.name === "standard_conforming_strings" && isOff(setting.value)) return { index, reason: backslashes };
  const isEncoding = setting?.name === "client_encoding" && !/^(utf-?8|unicode|default)$/.test(setting.value);
  // ASCII text is the same in every encoding.
  return isEncoding && /[^\0-\x7F]/.test(sql) ? { index, reason: encoding } : undefined;
}

const fromStdin =
  "COPY … FROM STDIN reads rows that only psql sends. Write INSERT statements (pg_dump --inserts does), or load the rows in a hook.";
const discardAll =
  "DISCARD ALL inside a migration. Remove it: what a migration sets is undone when it ends (DISCARD PLANS, SEQUENCES and TEMP are allowed).";
const setTransaction =
  "SET TRANSACTION has no effect here: every statement of a no-transaction migration is committed on its own. Remove it.";
const lateMode =
  "Postgres sets the isolation level only before a transaction's first query. Move this statement to the head of the file.";
const readOnlyMode = "a migration cannot be READ ONLY: its record is written in the same transaction. Leave it out.";
const backslashes =
  "standard_conforming_strings cannot be turned off for a part of a migration. Remove it, and write strings with backslashes as E'…'.";
const encoding = "the file is read and sent as UTF-8, whatever client_encoding says. Remove it, or set it to UTF8.";

function copiesFromStdin(statement: string): boolean {
  let previous = "";
  for (const { kind, index, end } of postgresTokens(statement)) {
    const word = kind === "word" ? statement.slice(index, end).toUpperCase() : "";
    if (previous === "FROM" && word === "STDIN") return true;
    previous = word;
  }
  return false;
}

function isOff(value: string): boolean {
  if (value === "") return false;
  return value === "0" || ["false", "no", "off"].some((word) => word.startsWith(value) && value !== "o");
}

function unclosedIn(sql: string, { unclosed: index }: Clause): Found | undefined {
  return index === undefined ? undefined : { index, reason: `${describeOpening(sql, index)} is never closed.` };
}

/** The first ordinary string that contains a backslash. Skips E'…': there a backslash always escapes. */
export function findBackslash(sql: string): number | undefined {
  for (const { kind, index, end } of postgresTokens(sql)) {
    if (kind === "quoted" && /^n?'/i.test(sql.slice(index, index + 2)) && sql.slice(index, end).includes("\\"))
      return index;
  }
  return undefined;
}
