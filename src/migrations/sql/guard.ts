import type { Dialect } from "./dialect.ts";
import type { Inspection } from "./inspection.ts";
import { inspectMysql } from "./mysql/guard.ts";
import { inspectPostgres } from "./postgres/guard.ts";
import { inspectSqlite } from "./sqlite/guard.ts";

export interface InspectOptions {
  /** Whether the file runs in one transaction. */
  readonly transaction: boolean;
  readonly dialect: Dialect;
}

/** Finds the first reason why a file would not run as its author means it. */
export function inspect(sql: string, { transaction, dialect }: InspectOptions): Inspection {
  switch (dialect.engine) {
    case "postgres":
      return inspectPostgres(sql, { transaction });
    case "mysql":
      return inspectMysql(sql, dialect);
    case "sqlite":
      return inspectSqlite(sql, { transaction });
  }
}
