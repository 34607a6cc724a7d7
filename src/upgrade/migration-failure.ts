import { StatementError } from "../kernel/database.ts";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { MigrationScript } from "./script.ts";
import { indexOfCharacter, placeOf } from "./statements.ts";

/** Where in the file a message of ours starts: the server's positions count from the start of the message. */
export interface MessageOrigin {
  /** What stands before the file's text in the message. */
  readonly before: string;
  /** The UTF-16 index in the file at which the message's part of it starts. */
  readonly index: number;
}

/** What a person needs to mend a migration: the place, the line with a caret under it, and the server's own words. */
export function migrationFailure(script: MigrationScript, error: unknown, origin?: MessageOrigin): Failure {
  const { name, path } = script;
  if (error instanceof Failure) return error;
  if (!(error instanceof StatementError)) {
    const lost = error instanceof Error && error.name === "UnreachableError";
    if (!lost)
      return new Failure(ExitCode.failed, `cannot apply migration ${name} (${path}): ${messageOf(error)}`, {
        cause: error,
      });
    const fix = "Run --upgrade again: whatever was not committed is not there";
    return new Failure(
      ExitCode.unreachable,
      `lost the database while applying migration ${name}: ${messageOf(error)} ${fix}.`,
      { cause: error },
    );
  }
  const place = origin === undefined ? undefined : placeOfError(script.source, origin, error.position);
  const where = place === undefined ? path : `${path}:${place.line}:${place.column}`;
  const notes = [
    error.detail && `Detail: ${error.detail}`,
    error.hint && `Hint: ${error.hint}`,
    adviceFor(error.sqlState),
  ];
  const message = `cannot apply migration ${name} (${where}): ${error.message} (SQLSTATE ${error.sqlState})`;
  const sentences = [message, ...notes]
    .filter((note) => note !== undefined && note !== "")
    .map((note) => String(note).replace(/\.$/, ""));
  return new Failure(ExitCode.failed, `${sentences.join(". ")}.`, {
    cause: error,
    details: place === undefined ? [] : place.excerpt,
  });
}

interface ErrorPlace {
  readonly line: number;
  readonly column: number;
  /** The line and a caret below the place. */
  readonly excerpt: readonly string[];
}

const excerptWidth = 100;

function placeOfError(
  source: string,
  { before, index }: MessageOrigin,
  position: number | undefined,
): ErrorPlace | undefined {
  if (position === undefined) return undefined;
  // Postgres counts code points.
  const inFile = position - [...before].length;
  if (inFile < 1) return undefined;
  const at = index + indexOfCharacter(source.slice(index), inFile);
  if (at > source.length) return undefined;
  const { line, column } = placeOf(source, at);
  const text = source.split(/\r?\n/)[line - 1] ?? "";
  const start = Math.max(0, column - 1 - Math.floor(excerptWidth / 2));
  const shown = [...text]
    .slice(start, start + excerptWidth)
    .join("")
    .replaceAll("\t", " ");
  const gutter = `${line} | `;
  return { line, column, excerpt: [`${gutter}${shown}`, `${" ".repeat(gutter.length + column - 1 - start)}^`] };
}

function adviceFor(sqlState: string): string | undefined {
  switch (sqlState) {
    case "25001":
      return "Every migration runs in a transaction; write `-- seaworthy: no-transaction` at its head where it cannot";
    case "42501":
      return "Give the upgrade's role the right, or set upgrade.url to a role that has it";
    case "53100":
      return "The database's disk is full: make room and run --upgrade again";
    case "55P03":
      return "Another session holds a lock that this migration needs";
    default:
      return undefined;
  }
}
