import { sqliteTokens } from "./tokens.ts";

/** Messages of SQLite that name a part of the statement. */
const naming = [
  /^near "(.+)": syntax error$/,
  /^no such [a-z ]+: (?:\w+\.)?"?([^" ]+)/,
  /^unrecognized token: "(.+)"$/,
];

/**
 * The index at which an error occurred in a statement. node:sqlite does not tell it, so look for the part that the message
 * names. If the statement has none or several of those, it is the statement's begin.
 */
export function findError(sql: string, message: string): number {
  if (message === "incomplete input") return sql.length;
  const named = naming.map((pattern) => pattern.exec(message)?.[1]).find((found) => found !== undefined);
  if (named === undefined) return 0;
  const found = [...sqliteTokens(sql)].filter(({ index, end }) => bare(sql.slice(index, end)) === bare(named));
  return found.length === 1 ? (found[0]?.index ?? 0) : 0;
}

const bare = (text: string) => text.replaceAll(/^["`[]|["`\]]$/g, "").toLowerCase();
