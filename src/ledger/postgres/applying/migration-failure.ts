import { StatementError, UnreachableError } from "../../../kernel/database.ts";
import { ExitCode, Failure, messageOf } from "../../../kernel/failure.ts";
import { excerptAt } from "../../../migrations/sql/excerpt.ts";
import type { Directives } from "../../../migrations/directives.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { placeOf } from "../../../migrations/sql/place.ts";
import { findPosition, findStatement, type FailedAt, type MessagePart } from "./message.ts";
import { adviceFor } from "../statement-errors.ts";

/** A migration failed. `where` is its path, with line and column if they are known. */
export class MigrationFailure extends Failure {
  readonly where: string;

  constructor(exitCode: ExitCode, message: string, options: MigrationFailureOptions) {
    super(exitCode, message, options);
    this.where = options.where;
  }
}

interface MigrationFailureOptions {
  readonly where: string;
  readonly details?: readonly string[];
  readonly cause: unknown;
}

/**
 * Shows how to repair a migration: the place, the line with a caret under it, and the server's own words.
 * @param parts the parts of the message that failed
 */
export function migrationFailure(script: MigrationScript, error: unknown, parts: readonly MessagePart[] = []): Failure {
  if (error instanceof Failure) return error;
  return failureAt(script, error, findFailed(error, parts));
}

/** The same for one statement with a COMMIT of its own: that COMMIT fails because of the statement. */
export function statementFailure(
  script: MigrationScript,
  error: unknown,
  { parts, index }: { readonly parts: readonly MessagePart[]; readonly index: number },
): Failure {
  if (error instanceof Failure) return error;
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
  const { name, path, source } = script;
  const place = typeof at === "number" ? placeOf(source, at) : undefined;
  const where = place === undefined ? path : `${path}:${place.line}:${place.column}`;
  const excerpt = place === undefined ? [] : excerptAt(source, place);
  const options = { where, details: [...excerpt, ...more], cause: error };
  const shown = at === "commit" ? `${where}, at commit` : where;
  if (error instanceof UnreachableError) {
    const fix = "Run --upgrade again: uncommitted changes were rolled back";
    const message = `lost the database while applying migration ${name} (${shown}): ${messageOf(error)} ${fix}.`;
    return new MigrationFailure(ExitCode.unreachable, message, options);
  }
  const text = `cannot apply migration ${name} (${shown}): ${reasonOf(error, script.directives)}`;
  return new MigrationFailure(ExitCode.failed, text, options);
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
