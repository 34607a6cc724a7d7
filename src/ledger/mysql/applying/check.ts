import type { MigrationScript } from "../../../migrations/script.ts";
import type { BegunMigration } from "../../ledger.ts";
import { refuseOtherBeginning } from "../../applying/beginning.ts";

/** Refuses a migration that cannot go on where it was interrupted. Throws a Failure (78). */
export function checkScript(script: MigrationScript, { progress, isAccepted }: BegunMigration): void {
  if (!isAccepted) refuseOtherBeginning(script, progress);
}
