import { UnreachableError } from "../../kernel/database.ts";
import { ExitCode, Failure, messageOf } from "../../kernel/failure.ts";
import type { MigrationScript } from "../../migrations/script.ts";
import { excerptAt } from "../../migrations/sql/excerpt.ts";
import { placeOf } from "../../migrations/sql/place.ts";

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

/** The place of an error: an index of the file, the added COMMIT, or another added part. */
export type FailedAt = number | "commit" | undefined;

export interface FailureText {
  readonly at: FailedAt;
  /** The server's own words, and advice: sentences. */
  readonly reason: string;
  /** Lines after the excerpt. */
  readonly more?: readonly string[];
  /** What a lost connection means, and what to do. Default: uncommitted changes were rolled back. */
  readonly ifLost?: string;
}

const rolledBack = "Run --upgrade again: uncommitted changes were rolled back";

/** Shows how to repair a migration: the place, the line with a caret under it, and the reason. */
export function migrationFailureAt(
  { name, path, source }: MigrationScript,
  error: unknown,
  { at, reason, more = [], ifLost = rolledBack }: FailureText,
): MigrationFailure {
  const place = typeof at === "number" ? placeOf(source, at) : undefined;
  const where = place === undefined ? path : `${path}:${place.line}:${place.column}`;
  const excerpt = place === undefined ? [] : excerptAt(source, place);
  const options = { where, details: [...excerpt, ...more], cause: error };
  const shown = at === "commit" ? `${where}, at commit` : where;
  if (error instanceof UnreachableError) {
    const message = `lost the database while applying migration ${name} (${shown}): ${messageOf(error)} ${ifLost}.`;
    return new MigrationFailure(ExitCode.unreachable, message, options);
  }
  return new MigrationFailure(ExitCode.failed, `cannot apply migration ${name} (${shown}): ${reason}`, options);
}
