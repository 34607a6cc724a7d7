import { ExitCode, Failure } from "../../../kernel/failure.ts";
import { refuseLoner, type MigrationScript } from "../../../migrations/script.ts";
import { refuseOtherBeginning } from "../../applying/beginning.ts";
import type { BegunMigration } from "../../ledger.ts";

/** Refuses a migration that SQLite would run differently than written. Throws a Failure (78). */
export function checkScript(script: MigrationScript, { progress, isAccepted }: BegunMigration): void {
  const { directives, path } = script;
  if (directives.transaction || !isAccepted) refuseOtherBeginning(script, progress);
  refuseLoner(script);
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
