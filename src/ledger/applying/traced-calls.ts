import { StatementError } from "../../kernel/database.ts";
import type { MigrationScript } from "../../migrations/script.ts";
import { placeInModule } from "../../migrations/module-place.ts";
import { excerptAt } from "../../migrations/sql/excerpt.ts";
import { indexOfCharacter, placeOf } from "../../migrations/sql/place.ts";
import type { FailureText } from "./migration-failure.ts";
import { LateStatement } from "./settling.ts";

type Query<Rows> = (sql: string, values?: readonly unknown[]) => Promise<Rows>;

/** A call of `query` by a migration in JavaScript. */
interface Call {
  readonly sql: string;
  /** Its stack has the place of the call. V8 formats a stack only when it is read. */
  readonly made: Error;
}

export interface FailedCall extends Call {
  readonly error: unknown;
}

export type TracedCalls = ReturnType<typeof traceCalls>;

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
          if (error instanceof LateStatement) throw error;
        });
        return rows;
      },
    /** The call that caused this error, if any. */
    callOf(error: unknown): FailedCall | undefined {
      const call = error instanceof Error ? calls.get(error) : undefined;
      return call && { ...call, error };
    },
  };
}

type Failed = Pick<FailureText, "at" | "more">;

/** The place of a failed call in the module, and of the error in its SQL. */
export function placeOfCall({ path, source }: MigrationScript, { made, sql, error }: FailedCall): Failed {
  return { at: indexInModule({ path, source }, made), more: excerptOfSql(sql, error) };
}

/** The first place in the module's file that an error's stack names, as an index. */
export function indexInModule({ path, source }: Pick<MigrationScript, "path" | "source">, error: unknown) {
  const place = placeInModule(path, error);
  if (place === undefined) return undefined;
  const lines = source.split("\n").slice(0, place.line - 1);
  return lines.reduce((index, text) => index + text.length + 1, 0) + place.column - 1;
}

function excerptOfSql(sql: string, error: unknown): readonly string[] {
  if (!(error instanceof StatementError) || error.position === undefined) return [];
  return ["in its SQL:", ...excerptAt(sql, placeOf(sql, indexOfCharacter(sql, error.position)))];
}
