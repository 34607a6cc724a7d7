import { StatementError } from "./database.ts";

/** A table, or the schema that it is in. The drivers of MySQL and SQLite give their errors the same codes. */
const missing: ReadonlySet<string> = new Set(["42P01", "3F000"]);

/** The answer of a query; undefined where its table does not exist. */
export async function unlessTableIsMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StatementError && missing.has(error.sqlState)) return undefined;
    throw error;
  }
}
