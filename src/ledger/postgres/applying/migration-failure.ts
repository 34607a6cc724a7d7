import { StatementError, UnreachableError } from "../../../kernel/database.ts";
import { messageOf, type Failure, isFailure } from "../../../kernel/failure.ts";
import type { Directives } from "../../../migrations/directives.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { migrationFailureAt, type FailedAt } from "../../applying/migration-failure.ts";
import { adviceFor } from "../statement-errors.ts";
import { findPosition, findStatement, type MessagePart } from "./message.ts";

/**
 * Shows how to repair a migration: the place, the line with a caret under it, and the server's own words.
 * @param parts the parts of the message that failed
 */
export function migrationFailure(script: MigrationScript, error: unknown, parts: readonly MessagePart[] = []): Failure {
  if (isFailure(error)) return error;
  return failureAt(script, error, findFailed(error, parts));
}

/** The same for one statement with a COMMIT of its own: that COMMIT fails because of the statement. */
export function statementFailure(
  script: MigrationScript,
  error: unknown,
  { parts, index }: { readonly parts: readonly MessagePart[]; readonly index: number },
): Failure {
  if (isFailure(error)) return error;
  const at = findFailed(error, parts);
  return failureAt(script, error, at === "commit" ? index : at);
}

/** The same for a known place: an index of the file. */
export function failureAt(
  script: MigrationScript,
  error: unknown,
  at: FailedAt,
  more: readonly string[] = [],
): Failure {
  return migrationFailureAt(script, error, { at, more, reason: reasonOf(error, script.directives) });
}

function reasonOf(error: unknown, directives: Directives): string {
  if (!(error instanceof StatementError)) return messageOf(error);
  // A message may quote the SQL at that place, over many lines.
  const [reason] = error.message.split("\n", 1);
  const notes = [
    error.detail && `Detail: ${error.detail}`,
    error.hint && `Hint: ${error.hint}`,
    describeContext(error.context),
    adviceFor(error.sqlState, directives),
  ];
  const sentences = [`${reason} (SQLSTATE ${error.sqlState})`, ...notes]
    .filter((note) => note !== undefined && note !== "")
    .map((note) => String(note).replace(/\.$/, ""));
  return `${sentences.join(". ")}.`;
}

const longestContext = 200;

/** The innermost function's line. The other lines quote statements and values. */
function describeContext(context = ""): string | undefined {
  const line = context.split("\n").find((text) => / line \d+/.test(text) && !text.startsWith("COPY "));
  return line === undefined ? undefined : `In ${line.slice(0, longestContext)}`;
}

function findFailed(error: unknown, parts: readonly MessagePart[]): FailedAt {
  if (!(error instanceof StatementError) && !(error instanceof UnreachableError)) return undefined;
  const position = error instanceof StatementError ? error.position : undefined;
  if (position !== undefined) return findPosition(parts, position);
  const { statementsDone } = error;
  return statementsDone === undefined ? undefined : findStatement(parts, statementsDone);
}
