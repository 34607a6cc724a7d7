import type { Dialect } from "./dialect.ts";
import { tokensOf } from "./tokens.ts";

/** The string, quoted name or comment that is never closed, with a description for messages. */
export function findUnclosed(
  sql: string,
  dialect: Dialect,
): { readonly index: number; readonly opening: string } | undefined {
  const token = tokensOf(sql, dialect).find(({ kind }) => kind === "unclosed");
  return token && { index: token.index, opening: describeOpening(sql, token.index) };
}

export function describeOpening(sql: string, index: number): string {
  const text = sql.slice(index, index + 80);
  if (text.startsWith("(")) return "the parenthesis that opens here";
  if (text.startsWith("/*")) return "the comment that begins here with /*";
  if (text.startsWith("`")) return "the quoted name that begins here with `";
  if (text.startsWith("[")) return "the quoted name that begins here with [";
  if (/^begin/i.test(text)) return `the ${/^begin\s+atomic/i.test(text) ? "BEGIN ATOMIC" : "BEGIN"} that begins here`;
  const quote = /^(?:\$[^$]*\$|[a-z]*&?['"])/i.exec(text)?.[0] ?? "";
  return `the ${quote.endsWith('"') ? "quoted name" : "string"} that begins here with ${quote}`;
}
