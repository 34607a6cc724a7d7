import { ExitCode, Failure } from "../../../kernel/failure.ts";
import { findParameters } from "../../../migrations/sql/sqlite/parameters.ts";
import { sqliteTokens } from "../../../migrations/sql/sqlite/tokens.ts";
import { refuseLoner, type MigrationScript } from "../../../migrations/script.ts";
import { refuseOtherBeginning } from "../../applying/beginning.ts";
import type { BegunMigration } from "../../ledger.ts";

/** Refuses a migration that SQLite would run differently than written. Throws a Failure (78). */
export function checkScript(script: MigrationScript, { progress, isAccepted }: BegunMigration): void {
  const { directives, path } = script;
  if (directives.transaction || !isAccepted) refuseOtherBeginning(script, progress);
  refuseLoner(script);
  if (script.language === "sql") refuseMisread(script);
  if (directives.statementTimeoutMs !== undefined)
    throw new Failure(
      ExitCode.configuration,
      `${path}: the directive statement-timeout has no effect in SQLite, which runs every statement to its end. Remove it.`,
    );
  if (directives.lockTimeoutMs === 0)
    throw new Failure(
      ExitCode.configuration,
      `${path}: lock-timeout 0 would wait without an end in Postgres, and not at all in SQLite. Write how long to wait, as in \`lock-timeout 5s\`.`,
    );
}

/** Statements that SQLite would run with other values than the file's author means. */
function refuseMisread({ source, path, directives }: MigrationScript): void {
  const [parameter] = findParameters(source);
  if (parameter !== undefined)
    throw new Failure(
      ExitCode.configuration,
      `${path}: nothing gives the parameter ${parameter} a value, so SQLite would write NULL. Write the value in its place.`,
    );
  const asked = directives.transaction ? undefined : findLastChange(source);
  if (asked !== undefined)
    throw new Failure(
      ExitCode.configuration,
      `${path}: ${asked}() in a no-transaction migration tells about seaworthy's record, which is written between two statements. Remove \`-- seaworthy: no-transaction\`, or find the row with a SELECT.`,
    );
}

/** A call of a function that tells about the statement before it. */
function findLastChange(source: string): string | undefined {
  let name: string | undefined;
  for (const { kind, index, end } of sqliteTokens(source)) {
    const text = source.slice(index, end);
    if (name !== undefined && text === "(") return name;
    name = kind === "word" && /^(?:last_insert_rowid|(?:total_)?changes)$/i.test(text) ? text : undefined;
  }
  return undefined;
}
