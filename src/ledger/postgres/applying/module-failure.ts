import { StatementError } from "../../../kernel/database.ts";
import { isFailure, type Failure } from "../../../kernel/failure.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { indexInModule, placeOfCall, type FailedCall, type TracedCalls } from "../../applying/traced-calls.ts";
import type { MessagePart } from "./message.ts";
import { failureAt, migrationFailure } from "./migration-failure.ts";

/** After one failed statement, Postgres refuses all others in the transaction. */
const transactionAborted = "25P02";

/** A JavaScript migration failed: in a query, in its own code, or at its end. */
export function moduleFailure(
  script: MigrationScript,
  error: unknown,
  calls: TracedCalls,
  end: readonly MessagePart[],
): Failure {
  if (isFailure(error)) return error;
  const first = calls.firstFailed();
  if (first !== undefined && error instanceof StatementError && error.sqlState === transactionAborted)
    return failureOfCall(script, first, [`the module went on after it: ${error.message}`]);
  const call = calls.callOf(error);
  if (call !== undefined) return failureOfCall(script, call);
  const at = indexInModule(script, error);
  return at === undefined ? migrationFailure(script, error, end) : failureAt(script, error, at);
}

function failureOfCall(script: MigrationScript, call: FailedCall, more: readonly string[] = []): Failure {
  const { at, more: ofSql = [] } = placeOfCall(script, call);
  return failureAt(script, call.error, at, [...ofSql, ...more]);
}
