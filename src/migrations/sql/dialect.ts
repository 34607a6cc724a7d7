/** The rules by which a server reads SQL text: where strings, comments and statements end. */
export type Dialect = PostgresDialect | MysqlDialect | SqliteDialect;

interface PostgresDialect {
  readonly engine: "postgres";
}

/** MySQL and MariaDB. */
export interface MysqlDialect {
  readonly engine: "mysql";
  /** Whether `"…"` is a name instead of a string (ANSI_QUOTES in sql_mode). */
  readonly ansiQuotes: boolean;
  /** Whether a backslash escapes in strings (NO_BACKSLASH_ESCAPES is not in sql_mode). */
  readonly backslashEscapes: boolean;
}

interface SqliteDialect {
  readonly engine: "sqlite";
}

export const postgresDialect: PostgresDialect = { engine: "postgres" };
/** With the sql_mode that servers have by default. */
export const mysqlDialect: MysqlDialect = { engine: "mysql", ansiQuotes: false, backslashEscapes: true };
export const sqliteDialect: SqliteDialect = { engine: "sqlite" };
