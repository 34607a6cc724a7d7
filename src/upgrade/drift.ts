import type { Session } from "../kernel/database.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { compareVersions } from "../versions/compare.ts";
import { parseVersion } from "../versions/parse.ts";
import type { App, History, HistorySurvey, SchemaTarget } from "./ports.ts";
import { readChecksum } from "../migrations/script.ts";

/** An applied migration whose file is not what it was. */
export type Drift =
  | { readonly kind: "changed"; readonly name: string }
  | { readonly kind: "renamed"; readonly name: string; readonly to: string }
  | { readonly kind: "vanished"; readonly name: string };

/**
 * Compares what was applied with the files of the image. Rows of a newer release are none of ours: the database is
 * ahead. A row of this release or an older one without its file is drift.
 */
export function findDrift(
  { missing, changed, unknown }: HistorySurvey,
  checksums: ReadonlyMap<string, string>,
  app: App,
): readonly Drift[] {
  const byChecksum = new Map(missing.map((name) => [checksums.get(name), name]));
  const gone = unknown.flatMap(({ name, checksum, release }): readonly Drift[] => {
    // Accepted before: see `acceptDrift`.
    if (checksum === "") return [];
    const to = byChecksum.get(checksum);
    if (to !== undefined) return [{ kind: "renamed", name, to }];
    return isOurs(release, app.version) ? [{ kind: "vanished", name }] : [];
  });
  return [...changed.map((name): Drift => ({ kind: "changed", name })), ...gone];
}

/** Whether this image or an older one applied it. Where that cannot be told it counts as newer: that is no error. */
function isOurs(release: string | undefined, version: string | undefined): boolean {
  const [applied, ours] = [parseVersion(release ?? ""), parseVersion(version ?? "")];
  return applied !== undefined && ours !== undefined && compareVersions(applied, ours) <= 0;
}

/** Throws a Failure (78) that names every drift that was not accepted, and how to accept it. */
export function refuseDrift(drifts: readonly Drift[], accepted: readonly string[]): void {
  const [first, ...others] = drifts.filter((drift) => !accepted.includes(acceptanceOf(drift))).map(describeDrift);
  if (first !== undefined)
    throw new Failure(ExitCode.configuration, first, { details: [...others, "nothing was changed"] });
}

/** The name that --accept-drift takes for it. */
function acceptanceOf(drift: Drift): string {
  return drift.kind === "renamed" ? drift.to : drift.name;
}

function describeDrift(drift: Drift): string {
  const accept = `--upgrade --accept-drift ${acceptanceOf(drift)}`;
  switch (drift.kind) {
    case "changed":
      return `the migration ${drift.name} was changed after it was applied. Put the file back and write a new migration, or record the file as it is: ${accept}`;
    case "renamed":
      return `the migration ${drift.name} was renamed to ${drift.to} after it was applied. Put the name back, or record the new name: ${accept}`;
    case "vanished":
      return `the migration ${drift.name} was applied, but its file is not in this image. Put the file back, or record that it is gone: ${accept}`;
  }
}

/** Records what was accepted. Call it while holding the upgrade lock. */
export async function acceptDrift(
  session: Session,
  history: History,
  drifts: readonly Drift[],
  checksums: ReadonlyMap<string, string>,
): Promise<void> {
  for (const drift of drifts) {
    if (drift.kind === "renamed") await session.query(history.renameSql(session, drift.name, drift.to));
    else
      await session.query(
        history.acceptSql(session, drift.name, drift.kind === "changed" ? (checksums.get(drift.name) ?? "") : ""),
      );
  }
}

export function checksumsOf({ migrations }: SchemaTarget): ReadonlyMap<string, string> {
  return new Map(migrations.map((file) => [file.name, readChecksum(file)]));
}
