import type { Session } from "../kernel/database.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { compareVersions } from "../versions/compare.ts";
import { parseRelease } from "../versions/parse.ts";
import type { App, History, HistorySurvey, SchemaTarget } from "./ports.ts";
import { readChecksum } from "../migrations/script.ts";

/** An applied migration, or one that was begun, whose file is not what it was. */
export type Drift =
  | { readonly kind: "changed"; readonly name: string }
  | { readonly kind: "renamed"; readonly name: string; readonly to: string; readonly isUnfinished: boolean }
  | { readonly kind: "vanished"; readonly name: string; readonly isUnfinished: boolean };

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
  const gone = unknown.flatMap(({ name, checksum, isUnfinished, release }): readonly Drift[] => {
    // Accepted before: see `acceptDrift`.
    if (checksum === "") return [];
    const to = byChecksum.get(checksum);
    if (to !== undefined) return [{ kind: "renamed", name, to, isUnfinished }];
    const age = compareRelease(release, app.version);
    // Under a new name, a file that is half done would be run from its beginning.
    const isOurs = age === "not newer" || (age === "unknown" && isUnfinished);
    return isOurs ? [{ kind: "vanished", name, isUnfinished }] : [];
  });
  return [...changed.map((name): Drift => ({ kind: "changed", name })), ...gone];
}

export function isOfUnfinished(drift: Drift): boolean {
  return drift.kind !== "changed" && drift.isUnfinished;
}

/** Whether a newer image than this one applied it. Where that cannot be told, an applied one counts as newer: that is no error. */
function compareRelease(release: string | undefined, version: string | undefined): "newer" | "not newer" | "unknown" {
  const [applied, ours] = [parseRelease(release ?? ""), parseRelease(version ?? "")];
  if (applied === undefined || ours === undefined) return "unknown";
  return compareVersions(applied, ours) > 0 ? "newer" : "not newer";
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
      return `the migration ${drift.name} was renamed to ${drift.to} after it was ${drift.isUnfinished ? "begun" : "applied"}. Put the name back, or record the new name: ${accept}`;
    case "vanished":
      if (drift.isUnfinished)
        return `the migration ${drift.name} was begun and not finished, and its file is not in this image. Put the file back under that name, or undo in the database what is done of it, and let it be forgotten: ${accept}`;
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
    if (drift.kind === "renamed") await session.query(history.renameSql(session, { ...drift, from: drift.name }));
    else if (drift.kind === "vanished" && drift.isUnfinished)
      await session.query(history.withdrawSql(session, drift.name));
    else
      await session.query(
        history.acceptSql(session, drift.name, drift.kind === "changed" ? (checksums.get(drift.name) ?? "") : ""),
      );
  }
}

export function checksumsOf({ migrations }: SchemaTarget): ReadonlyMap<string, string> {
  return new Map(migrations.map((file) => [file.name, readChecksum(file)]));
}
