import { keywordAt } from "../keyword.ts";
import type { Statement } from "../statement.ts";
import { postgresTokens } from "./tokens.ts";

/** A quick check by the first word: it rules out most statements. */
export function mayBeLoner([first = ""]: readonly string[]): boolean {
  return ["VACUUM", "CREATE", "DROP", "ALTER", "REINDEX", "CLUSTER"].includes(first);
}

/** A description of a statement that Postgres refuses in a transaction block; undefined for all other statements. */
export function describeLoner(statement: Statement): string | undefined {
  const [first = "", second, third, fourth] = statement.words;
  switch (first) {
    case "VACUUM":
      return "VACUUM";
    case "CREATE":
    case "DROP":
      if (second === "DATABASE" || second === "TABLESPACE") return `${first} ${second}`;
      if (second === "INDEX" && third === "CONCURRENTLY") return `${first} INDEX CONCURRENTLY`;
      if (second === "UNIQUE" && third === "INDEX" && fourth === "CONCURRENTLY")
        return "CREATE UNIQUE INDEX CONCURRENTLY";
      return first === "CREATE" && second === "SUBSCRIPTION" && !turnsOff(statement, ["CREATE_SLOT", "CONNECT"])
        ? "CREATE SUBSCRIPTION"
        : undefined;
    case "ALTER":
      return describeAlter(statement);
    case "REINDEX":
      return describeReindex(statement);
    case "CLUSTER":
      return namesTable(statement) ? undefined : "CLUSTER of all tables";
    default:
      return undefined;
  }
}

/** Whether a no-transaction migration runs it outside a transaction: a DO block or a procedure may commit by itself. */
export function runsAlone(statement: Statement): boolean {
  const [first, second] = statement.words;
  if (first === "CALL" || first === "DO" || first === "CLUSTER" || second === "SUBSCRIPTION") return true;
  return describeLoner(statement) !== undefined;
}

function describeAlter(statement: Statement): string | undefined {
  const [, second] = statement.words;
  if (second === "SYSTEM") return "ALTER SYSTEM";
  const words = wordsOutside(statement);
  if (second === "DATABASE") return follows(words, "SET", "TABLESPACE") ? "ALTER DATABASE … SET TABLESPACE" : undefined;
  if (second === "TABLE" && words.at(-1) === "CONCURRENTLY" && follows(words, "DETACH", "PARTITION"))
    return "ALTER TABLE … DETACH PARTITION … CONCURRENTLY";
  const isRefreshed = second === "SUBSCRIPTION" && words.includes("PUBLICATION") && !turnsOff(statement, ["REFRESH"]);
  return isRefreshed ? "ALTER SUBSCRIPTION … PUBLICATION" : undefined;
}

function describeReindex(statement: Statement): string | undefined {
  const [, kind, ...rest] = wordsOutside(statement);
  if (kind === "DATABASE" || kind === "SYSTEM" || kind === "SCHEMA") return `REINDEX ${kind}`;
  const isOption = /^REINDEX\s*\([^)]*\bCONCURRENTLY\b/i.test(statement.sql) && !turnsOff(statement, ["CONCURRENTLY"]);
  return rest[0] === "CONCURRENTLY" || isOption ? "REINDEX … CONCURRENTLY" : undefined;
}

/** Options as in `WITH (connect = false)` and `(CONCURRENTLY off)`. */
function turnsOff({ sql }: Statement, options: readonly string[]): boolean {
  const off = new RegExp(String.raw`\b(?:${options.join("|")})\b"?[\s=]+'?(?:false|off|no|0)\b`, "i");
  return off.test(sql);
}

function namesTable(statement: Statement): boolean {
  const [, ...rest] = tokensOutside(statement);
  return rest.some((token) => token !== "VERBOSE");
}

function follows(words: readonly string[], first: string, second: string): boolean {
  return words.some((word, index) => word === first && words[index + 1] === second);
}

const wordsOutside = (statement: Statement) =>
  tokensOutside(statement).filter((token) => /^[A-Z_]/.test(token) && !token.includes('"'));

/** The tokens outside of parentheses, words in upper case. */
function tokensOutside({ sql }: Statement): readonly string[] {
  const found: string[] = [];
  let depth = 0;
  for (const { kind, index, end } of postgresTokens(sql)) {
    const text = kind === "word" ? keywordAt(sql, index, end) : sql.slice(index, end);
    if (text === ")") depth--;
    else if (text === "(") depth++;
    else if (depth === 0) found.push(text);
  }
  return found;
}
