import { StatementError } from "../../../kernel/database.ts";
import { isFailure, messageOf, type Failure } from "../../../kernel/failure.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { findError } from "../../../migrations/sql/sqlite/error-place.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";
import { migrationFailureAt, type FailureText } from "../../applying/migration-failure.ts";
import { indexInModule, placeOfCall, type TracedCalls } from "../../applying/traced-calls.ts";
import { adviceFor } from "../statement-errors.ts";

/** A statement of a message: from the migration's file, or added by seaworthy. */
export interface MessagePart {
  readonly sql: string;
  /** The statement of the file. Undefined if seaworthy added it. */
  readonly statement?: Statement;
}

/** The failure of a message, with the place of its statement in the file. */
export function messageFailure(script: MigrationScript, error: unknown, parts: readonly MessagePart[]): Failure {
  if (isFailure(error)) return error;
  const done = error instanceof StatementError ? error.statementsDone : undefined;
  const part = done === undefined ? undefined : parts[done];
  if (part?.statement === undefined)
    return failureAt(script, error, { at: part?.sql === "COMMIT" ? "commit" : undefined });
  const { index, sql } = part.statement;
  return failureAt(script, error, { at: index + findError(sql, messageOf(error)) });
}

/** A JavaScript migration failed: in a query, in its own code, or at its end. */
export function moduleFailure(script: MigrationScript, error: unknown, calls: TracedCalls): Failure {
  if (isFailure(error)) return error;
  const call = calls.callOf(error);
  if (call !== undefined) return failureAt(script, call.error, placeOfCall(script, call));
  return failureAt(script, error, { at: indexInModule(script, error) });
}

function failureAt(script: MigrationScript, error: unknown, where: Omit<FailureText, "reason">): Failure {
  return migrationFailureAt(script, error, { ...where, reason: reasonOf(error) });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof StatementError)) return messageOf(error);
  const sentences = [error.message, adviceFor(error.sqlState)].filter((sentence) => sentence !== undefined);
  return `${sentences.map((sentence) => sentence.replace(/\.$/, "")).join(". ")}.`;
}
