import type { Dialect } from "./dialect.ts";
import { mysqlTokens } from "./mysql/tokens.ts";
import { postgresTokens } from "./postgres/tokens.ts";
import { sqliteTokens } from "./sqlite/tokens.ts";
import type { Token } from "./token.ts";

/** Splits an SQL text into tokens. An unclosed quote or comment becomes the last token. */
export function tokensOf(sql: string, dialect: Dialect): Generator<Token> {
  switch (dialect.engine) {
    case "postgres":
      return postgresTokens(sql);
    case "mysql":
      return mysqlTokens(sql, dialect);
    case "sqlite":
      return sqliteTokens(sql);
  }
}
