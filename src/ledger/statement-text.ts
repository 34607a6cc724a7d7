import type { Dialect } from "../migrations/sql/dialect.ts";

export type Engine = Dialect["engine"];

const lineComment = String.raw`--[^\n]*`;
const blockComment = String.raw`/\*[^]*?(?:\*/|$)`;
const plainString = String.raw`'(?:[^']|'')*(?:'|$)`;
const escapedString = String.raw`'(?:[^'\\]|''|\\[^])*(?:'|$)`;
const dollarString = String.raw`\$([A-Za-z_]\w*|)\$[^]*?(?:\$\1\$|$)`;
const number = String.raw`\b\d[\w.]*`;

/** Servers cut long statements, so any literal may lack its end. */
const patterns: Readonly<Record<Engine, RegExp>> = {
  postgres: new RegExp(
    [lineComment, blockComment, `[eE]${escapedString}`, plainString, dollarString, number].join("|"),
    "g",
  ),
  sqlite: new RegExp([lineComment, blockComment, plainString, number].join("|"), "g"),
  mysql: new RegExp(
    [lineComment, "#[^\n]*", blockComment, escapedString, escapedString.replaceAll("'", '"'), number].join("|"),
    "g",
  ),
};

/** Removes comments and replaces each literal with `?`, because literals may be data that must not be logged. */
function withoutLiterals(sql: string, engine: Engine): string {
  return sql
    .replaceAll(patterns[engine], (found) => (/^(--|#|\/\*)/.test(found) ? " " : "?"))
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** Enough to recognise a statement by. */
const excerptLength = 100;

export function excerptOf(sql: string, engine: Engine): string {
  const text = withoutLiterals(sql, engine);
  return text.length > excerptLength ? `${text.slice(0, excerptLength - 1)}…` : text;
}

/** First words of statements that an app rarely runs. REFRESH, REINDEX and VACUUM are routine, so they are not here. */
const schemaChange =
  /(?:^|;)\s*(?:(?:alter|create|drop)(?!\s+(?:(?:local|global)\s+)?temp(?:orary)?\b)|truncate|rename|comment\s+on|grant|revoke|import|do)\b/i;

/** Whether a message contains a statement that changes the schema. */
export function isSchemaChange(sql: string, engine: Engine): boolean {
  return schemaChange.test(withoutLiterals(sql, engine));
}
