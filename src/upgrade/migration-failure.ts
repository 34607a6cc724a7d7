import { StatementError } from "../kernel/database.ts";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { MigrationScript } from "../migrations/script.ts";
import { adviceFor } from "./refusal.ts";
import { excerptAt } from "../migrations/excerpt.ts";
import { indexOfCharacter, placeOf, type Place } from "../migrations/statements.ts";

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
  // A message may quote what stands there, over many lines.
  const [reason] = error.message.split("\n", 1);
  const message = `cannot apply migration ${name} (${where}): ${reason} (SQLSTATE ${error.sqlState})`;
  const sentences = [message, ...notes]
    .filter((note) => note !== undefined && note !== "")
    .map((note) => String(note).replace(/\.$/, ""));
  return new Failure(ExitCode.failed, `${sentences.join(". ")}.`, {
    cause: error,
    details: place === undefined ? [] : excerptAt(script.source, place),
  });
}

function placeOfError(
  source: string,
  { before, index }: MessageOrigin,
  position: number | undefined,
): Place | undefined {
  if (position === undefined) return undefined;
  // Postgres counts code points.
  const inFile = position - [...before].length;
  if (inFile < 1) return undefined;
  // What is missing at the end of a file is missed by Postgres in what we put behind it: then the place is the end.
  return placeOf(source, index + indexOfCharacter(source.slice(index), inFile));
}
