import { StatementError } from "../../../kernel/database.ts";
import { Failure, messageOf } from "../../../kernel/failure.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";
import { migrationFailureAt, type FailureText } from "../../applying/migration-failure.ts";
import { describeNumber, serverErrorOf } from "../server-error.ts";
import { adviceFor, isLockLost, lockLostMessage } from "../statement-errors.ts";

/** Shows how to repair a migration: the place, the line with a caret under it, and the server's own words. */
export function statementFailure(
  script: MigrationScript,
  error: unknown,
  statement?: Pick<Statement, "sql" | "index">,
): Failure {
  if (error instanceof Failure) return error;
  return failureAt(script, error, { at: statement && statement.index + offsetOf(error, statement.sql) });
}

/** The same for a known place. */
export function failureAt(
  script: MigrationScript,
  error: unknown,
  text: Pick<FailureText, "at"> & { readonly more?: readonly string[] },
): Failure {
  return migrationFailureAt(script, error, { ...text, ifLost, reason: reasonOf(error) });
}

const ifLost = `With its connection, ${lockLostMessage}. Run --upgrade again: it goes on from there`;

function reasonOf(error: unknown): string {
  if (!(error instanceof StatementError)) return messageOf(error);
  const advice = adviceFor(error);
  const reason = isLockLost(error) ? lockLostMessage : withoutText(error.message);
  const sentences = [`${reason} (${describeNumber(error)})`, ...(advice === undefined ? [] : [advice])];
  return `${sentences.map((text) => text.replace(/\.$/, "")).join(". ")}.`;
}

const nearText =
  /; check the manual that corresponds to your .* for the right syntax to use near '([^]*)' at line \d+$/;

/** The excerpt shows the place, so leave out the server's copy of the text behind it. */
function withoutText(message: string): string {
  return message.replace(nearText, "");
}

const syntaxError = 1064;

/** For a syntax error, the server quotes the text behind it, cut to 80 characters. */
function offsetOf(error: unknown, sql: string): number {
  if (!(error instanceof StatementError) || serverErrorOf(error).number !== syntaxError) return 0;
  const near = nearText.exec(error.message)?.[1];
  if (near === undefined) return 0;
  const index = near === "" ? sql.length - 1 : sql.lastIndexOf(near);
  return Math.max(0, index);
}
