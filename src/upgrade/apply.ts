import { StatementError, type Session } from "../kernel/database.ts";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import type { MigrationScript } from "./script.ts";
import { indexOfCharacter, placeOf } from "./statements.ts";

export interface ApplyOptions {
  readonly session: Session;
  /** The statement that writes the record; it fails where another runner has written it. */
  readonly record: string;
  /** The statement that fails unless the upgrade lock is held. */
  readonly fence: string;
  /** `SET LOCAL` statements of this server, each with its semicolon. */
  readonly sessionSettings: string;
}

/**
 * Applies one migration as one message: Postgres runs a message of several statements as one transaction, so that the
 * migration and its record are both there or neither is, wherever either side is killed. The record comes first: should
 * two runners ever get here, the second waits at the first's row and then fails without having changed anything.
 */
export async function applyMigration(script: MigrationScript, options: ApplyOptions): Promise<void> {
  // What a migration SETs must not reach the next one: pg_dump's files empty the search_path.
  const before = `RESET ALL; RESET ROLE; ${options.sessionSettings}${options.record};\n`;
  try {
    await options.session.query(`${before}${script.sql}\n;${options.fence}`);
  } catch (error) {
    throw migrationFailure(script, before, error);
  }
}

function migrationFailure({ name, path, sql }: MigrationScript, before: string, error: unknown): Failure {
  if (!(error instanceof StatementError)) {
    return new Failure(
      ExitCode.unreachable,
      `lost the connection while applying ${name}: ${messageOf(error)} Run --upgrade again: nothing of ${name} was applied unless its record is there.`,
      { cause: error },
    );
  }
  const where = placeOfError(sql, before, error.position);
  const notes = [
    error.detail && `Detail: ${error.detail}.`,
    error.hint && `Hint: ${error.hint}`,
    adviceFor(error.sqlState),
  ];
  const message = `cannot apply migration ${name} (${path}${where}): ${error.message} (SQLSTATE ${error.sqlState})`;
  return new Failure(ExitCode.failed, [message, ...notes.filter(Boolean)].join(". ").replaceAll("..", "."), {
    cause: error,
  });
}

/** Postgres counts characters in the whole message; the file starts after what we put before it. */
function placeOfError(sql: string, before: string, position: number | undefined): string {
  if (position === undefined) return "";
  const inFile = position - [...before].length;
  if (inFile < 1 || indexOfCharacter(sql, inFile) >= sql.length + 1) return "";
  const { line, column } = placeOf(sql, indexOfCharacter(sql, inFile));
  return `:${line}:${column}`;
}

function adviceFor(sqlState: string): string | undefined {
  switch (sqlState) {
    case "25001":
      return "Every migration runs in a transaction of its own";
    case "42501":
      return "Give the upgrade's role the right, or set upgrade.url to a role that has it";
    default:
      return undefined;
  }
}
