import { createHash } from "node:crypto";
import type { Session } from "../kernel/database.ts";
import type { App, Releases, UpgradeTarget } from "./ports.ts";

/** Stands for all migrations of an image in one database: their names, in order. */
export function manifestOf({ schemas }: UpgradeTarget): string {
  const names = schemas.map(({ migrations }) => migrations.map(({ name }) => name));
  return createHash("sha256").update(JSON.stringify(names)).digest("hex");
}

/**
 * Whether this very release was completed there: one query, however long the history. The last migration of each
 * schema is looked up, and the rows are counted (a millisecond for ten thousand): a history from which somebody has
 * removed a row since then must not pass for a complete one. Undefined where a table is missing: nobody can have completed it.
 */
export async function isCompleted(
  target: UpgradeTarget,
  session: Session,
  { name, version }: App,
  releases: Releases,
): Promise<boolean | undefined> {
  // What another tool applied has to be read from its own history.
  if (version === undefined || target.foreign.length > 0) return false;
  const conditions = target.schemas.map(({ history, migrations }) =>
    history.appliedSql(session, migrations.at(-1)?.name ?? "", migrations.length),
  );
  return releases.isCompleted(session, name, { version, manifest: manifestOf(target) }, conditions);
}
