import type { Log } from "../../../kernel/log.ts";
import { refuseBackslashes, refuseLoner, type MigrationScript } from "../../../migrations/script.ts";
import type { BegunMigration } from "../../ledger.ts";
import type { ServerSettings } from "../settings.ts";
import { refuseOtherBeginning } from "../../applying/beginning.ts";

export interface CheckOptions {
  readonly server: ServerSettings;
  readonly log: Log;
}

/** Refuses a migration that this server would run differently than written. Throws a Failure (78). */
export function checkScript(
  script: MigrationScript,
  { progress, isAccepted }: BegunMigration,
  { server, log }: CheckOptions,
): void {
  if (script.directives.transaction || !isAccepted) refuseOtherBeginning(script, progress);
  refuseLoner(script);
  if (server.escapesInStrings) refuseBackslashes(script);
  warnOfEndlessWait(script, log);
}

/** Only a warning: dumps begin with this setting, and in an empty database no query has to wait. */
function warnOfEndlessWait({ name, path, endlessWait, directives }: MigrationScript, log: Log): void {
  const where = endlessWait === undefined ? path : `${path}:${endlessWait.line}:${endlessWait.column}`;
  if (endlessWait === undefined && directives.lockTimeoutMs !== 0) return;
  const effect = "while a statement waits for a lock, every query of that table waits behind it";
  const fix = "Remove it, or write `-- seaworthy: lock-timeout 5s` at the head of the file";
  log.warn(`${where}: the migration ${name} sets lock_timeout to 0: ${effect}, without an end. ${fix}.`, {
    migration: name,
  });
}
