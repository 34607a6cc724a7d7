import { pause } from "../../kernel/pause.ts";
import type { MigrationScript } from "../../migrations/script.ts";
import type { UpgradeContext } from "../request.ts";
import type { LockedDatabase } from "./take-locks.ts";

const drainPollMs = 1000;

/**
 * Waits for older instances to end, because a contract migration would break them. Returns which are left at the timeout,
 * or undefined if the migration can be applied.
 */
export async function findDeferral(
  { directives }: MigrationScript,
  { database, locked }: LockedDatabase,
  drainTimeoutSeconds: number,
  { app, clock, log, signal }: UpgradeContext,
): Promise<string | undefined> {
  if (directives.contract === undefined) return undefined;
  if (drainTimeoutSeconds > 0) await database.ledger.stayWhileIdle();
  const deadline = clock.now() + drainTimeoutSeconds * 1000;
  for (;;) {
    const older = await locked.findOlderInstances(app.name, directives.contract);
    if (older === undefined || clock.now() >= deadline) return older;
    log.debug(`waiting: ${older}`);
    await pause(clock, drainPollMs, signal);
  }
}
