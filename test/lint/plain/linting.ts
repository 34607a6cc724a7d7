import { mysqlDialect, sqliteDialect } from "../../../src/migrations/sql/dialect.ts";
import { createPlainLinter } from "../../../src/lint/plain/lint-plain.ts";
import type { Finding } from "../../../src/migrations/finding.ts";

const dialects = { mysql: mysqlDialect, sqlite: sqliteDialect };

export function lintText(engine: keyof typeof dialects, sql: string, transaction = true): readonly Finding[] {
  return createPlainLinter(dialects[engine])([{ sql, transaction }]).flat();
}

export const rulesIn = (engine: keyof typeof dialects, sql: string, transaction = true) =>
  lintText(engine, sql, transaction).map(({ rule }) => rule);
