import { createHash } from "node:crypto";
import type { UpgradeContext } from "../request.ts";
import type { UpgradeTarget } from "../../targets/targets.ts";
import type { Database } from "./connect.ts";
import type { PreparedDatabase } from "./prepare-migrations.ts";
import { isRecorded } from "./survey.ts";

/** Records the release in one database, and wakes every instance that waits for it. */
export async function recordRelease(
  { database, locked, survey }: PreparedDatabase,
  deferred: number,
  { app, signal }: UpgradeContext,
): Promise<void> {
  signal.throwIfAborted();
  const { name, version } = app;
  // Record it again once the deferred migrations are applied: only then is it complete.
  const isDue = !isRecorded(survey, app) || (survey.release === version && deferred === 0);
  if (version === undefined || !isDue) return locked.announce(name);
  const manifest = deferred === 0 ? manifestOf(database.target) : undefined;
  return locked.recordRelease({ app: name, version, manifest });
}

/** Whether this release was completed there. Undefined if a table is missing. */
export async function isReleaseCompleted(
  { target, ledger }: Database,
  { app: { name, version } }: UpgradeContext,
): Promise<boolean | undefined> {
  // Another tool's migrations must be read from its own history.
  if (version === undefined || target.toolSchemas.length > 0) return false;
  // Look up the last migration of each schema and count the rows (a millisecond for ten thousand): a history with a
  // removed row is not complete.
  const histories = target.schemas.map(({ history, migrations }) => ({
    table: history,
    last: migrations.at(-1)?.name ?? "",
    count: migrations.length,
  }));
  return ledger.isCompleted({ app: name, version, manifest: manifestOf(target) }, histories);
}

/** Hashes the names of all of an image's migrations in one database, in order. */
function manifestOf({ schemas }: UpgradeTarget): string {
  const names = schemas.map(({ migrations }) => migrations.map(({ name }) => name));
  return createHash("sha256").update(JSON.stringify(names)).digest("hex");
}
