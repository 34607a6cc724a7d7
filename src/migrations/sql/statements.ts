import { hash } from "node:crypto";
import type { Dialect } from "./dialect.ts";
import { mysqlStatements } from "./mysql/statements.ts";
import { postgresStatements } from "./postgres/statements.ts";
import { sqliteStatements } from "./sqlite/statements.ts";
import type { Statement } from "./statement.ts";
import { tokensOf } from "./tokens.ts";

/** The statements of a file. Comments inside a statement stay. */
export function splitStatements(sql: string, dialect: Dialect): readonly Statement[] {
  return [...readStatements(sql, dialect)];
}

/** Yields the statements one by one: a file of many megabytes may hold a million. */
export function readStatements(sql: string, dialect: Dialect): Generator<Statement> {
  switch (dialect.engine) {
    case "postgres":
      return postgresStatements(sql);
    case "mysql":
      return mysqlStatements(sql, dialect);
    case "sqlite":
      return sqliteStatements(sql);
  }
}

/**
 * sha256 in hexadecimal. It ignores white space, comments, line endings, and the case of unquoted words.
 */
export function hashOfStatement({ sql }: Pick<Statement, "sql">, dialect: Dialect): string {
  const tokens = Array.from(tokensOf(sql, dialect), ({ kind, index, end }) => {
    const text = sql.slice(index, end).replaceAll("\r\n", "\n");
    return kind === "word" ? text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
  });
  return hash("sha256", tokens.join(" "));
}
