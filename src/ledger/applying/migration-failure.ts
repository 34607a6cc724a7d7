import { StatementError, UnreachableError } from "../../kernel/database.ts";
import { ExitCode, Failure, messageOf, type FailureFields } from "../../kernel/failure.ts";
import type { MigrationScript } from "../../migrations/script.ts";
import { excerptAt } from "../../migrations/sql/excerpt.ts";
import { placeOf } from "../../migrations/sql/place.ts";
import { splitStatements } from "../../migrations/sql/statements.ts";
import { excerptOf } from "../statement-text.ts";

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
  readonly fields: FailureFields;
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
  script: MigrationScript,
  error: unknown,
  { at, reason, more = [], ifLost = rolledBack }: FailureText,
): MigrationFailure {
  const { name, path, source } = script;
  const place = typeof at === "number" ? placeOf(source, at) : undefined;
  const where = place === undefined ? path : `${path}:${place.line}:${place.column}`;
  const excerpt = place === undefined ? [] : excerptAt(source, place);
  const fields: FailureFields = {
    event: "migration-failed",
    migration: name,
    file: path,
    ...place,
    ...(typeof at === "number" && statementAt(script, at)),
    ...serversWords(error),
    nextStep: `${error instanceof UnreachableError ? ifLost : `Correct ${path}, and run --upgrade again`}.`,
  };
  const options = { where, details: [...excerpt, ...more], fields, cause: error };
  const shown = at === "commit" ? `${where}, at commit` : where;
  if (error instanceof UnreachableError) {
    const message = `lost the database while applying migration ${name} (${shown}): ${messageOf(error)} ${ifLost}.`;
    return new MigrationFailure(ExitCode.unreachable, message, options);
  }
  return new MigrationFailure(ExitCode.failed, `cannot apply migration ${name} (${shown}): ${reason}`, options);
}

/** The statement at this index of the file. A module's statements are not in it. */
function statementAt({ language, source, dialect }: MigrationScript, at: number): Pick<FailureFields, "statement"> {
  if (language !== "sql") return {};
  const found = splitStatements(source, dialect).findLast(({ index }) => index <= at);
  return found === undefined ? {} : { statement: excerptOf(found.sql, dialect.engine) };
}

function serversWords(error: unknown): Pick<FailureFields, "sqlState" | "detail" | "hint"> {
  if (!(error instanceof StatementError)) return {};
  const { sqlState, detail, hint } = error;
  return { sqlState, ...(detail !== undefined && { detail }), ...(hint !== undefined && { hint }) };
}
