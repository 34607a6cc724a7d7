import { StatementError } from "./database.ts";

/** Error codes of a missing table or schema. The drivers of MySQL and SQLite map their errors to these codes. */
const missing: ReadonlySet<string> = new Set(["42P01", "3F000"]);

/** The query's answer, or undefined if its table does not exist. */
export async function unlessTableIsMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StatementError && missing.has(error.sqlState)) return undefined;
    throw error;
  }
}
