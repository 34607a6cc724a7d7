import { StatementError } from "../../../kernel/database.ts";
import { isFailure, type Failure } from "../../../kernel/failure.ts";
import { excerptAt } from "../../../migrations/sql/excerpt.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { placeInModule } from "../../../migrations/module-place.ts";
import { indexOfCharacter, placeOf, type Place } from "../../../migrations/sql/place.ts";
import type { MessagePart } from "./message.ts";
import { failureAt, migrationFailure } from "./migration-failure.ts";

type Query<Rows> = (sql: string, values?: readonly unknown[]) => Promise<Rows>;

/** A call of `query` by a migration. */
interface Call {
  readonly sql: string;
  /** Its stack has the place of the call. V8 formats a stack only when it is read. */
  readonly made: Error;
}

interface FailedCall extends Call {
  readonly error: unknown;
}

/** Remembers which call caused each query's error: the error's own stack begins in the driver. */
export function traceCalls() {
  const calls = new WeakMap<Error, Call>();
  let first: FailedCall | undefined;
  return {
    /** Throws the error of a statement that was refused, also if the module ignored it: the server knows nothing of it. */
    throwRefused(): void {
      if (first !== undefined && !(first.error instanceof StatementError)) throw first.error;
    },
    /** The first call that failed, even if the migration caught the error. */
    firstFailed: () => first,
    trace:
      <Rows>(query: Query<Rows>): Query<Rows> =>
      (sql, values) => {
        const made = new Error("call");
        const rows = query(sql, values);
        rows.catch((error: unknown) => {
          first ??= { sql, made, error };
          if (error instanceof Error) calls.set(error, { sql, made });
          // Sent too late: the migration cannot report it any more, and it must not be lost.
          if (isFailure(error)) throw error;
        });
        return rows;
      },
    callOf: (error: unknown): Call | undefined => (error instanceof Error ? calls.get(error) : undefined),
  };
}

/** After one failed statement, Postgres refuses all others in the transaction. */
const transactionAborted = "25P02";

/** A JavaScript migration failed: in a query, in its own code, or at its end. */
export function moduleFailure(
  script: MigrationScript,
  error: unknown,
  calls: ReturnType<typeof traceCalls>,
  end: readonly MessagePart[],
): Failure {
  if (isFailure(error)) return error;
  const first = calls.firstFailed();
  if (first !== undefined && error instanceof StatementError && error.sqlState === transactionAborted)
    return failureOfCall(script, first, [`the module went on after it: ${error.message}`]);
  const call = calls.callOf(error);
  if (call !== undefined) return failureOfCall(script, { ...call, error });
  const place = placeInModule(script.path, error);
  return place === undefined
    ? migrationFailure(script, error, end)
    : failureAt(script, error, indexOf(script.source, place));
}

function failureOfCall(
  script: MigrationScript,
  { made, sql, error }: FailedCall,
  more: readonly string[] = [],
): Failure {
  const place = placeInModule(script.path, made);
  return failureAt(script, error, place && indexOf(script.source, place), [...excerptOfSql(sql, error), ...more]);
}

function indexOf(source: string, { line, column }: Place): number {
  const lines = source.split("\n").slice(0, line - 1);
  return lines.reduce((index, text) => index + text.length + 1, 0) + column - 1;
}

function excerptOfSql(sql: string, error: unknown): readonly string[] {
  if (!(error instanceof StatementError) || error.position === undefined) return [];
  return ["in its SQL:", ...excerptAt(sql, placeOf(sql, indexOfCharacter(sql, error.position)))];
}
