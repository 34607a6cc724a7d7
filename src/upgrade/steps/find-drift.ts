import type { HistorySurvey } from "../../ledger/history.ts";
import { readChecksum } from "../../migrations/script.ts";
import { compareVersions } from "../../versions/compare.ts";
import { parseRelease } from "../../versions/parse.ts";
import type { App } from "../request.ts";
import type { SchemaTarget } from "../../targets/targets.ts";

/** An applied or begun migration whose file was changed, renamed or removed. */
export type Drift =
  | { readonly kind: "changed"; readonly name: string }
  | { readonly kind: "renamed"; readonly name: string; readonly to: string; readonly isUnfinished: boolean }
  | { readonly kind: "vanished"; readonly name: string; readonly isUnfinished: boolean };

/**
 * Compares the applied migrations with the files of the image. Rows of a newer release are no drift: the database is
 * ahead. A row of this release or an older one without its file is drift.
 */
export function findDrift(
  { missing, changed, unknown }: HistorySurvey,
  checksums: ReadonlyMap<string, string>,
  app: App,
): readonly Drift[] {
  const byChecksum = new Map(missing.map((name) => [checksums.get(name), name]));
  const gone = unknown.flatMap(({ name, checksum, isUnfinished, release }): readonly Drift[] => {
    // An earlier upgrade with --accept-drift accepted it.
    if (checksum === "") return [];
    const to = byChecksum.get(checksum);
    if (to !== undefined) return [{ kind: "renamed", name, to, isUnfinished }];
    const age = compareRelease(release, app.version);
    // A half-done file under a new name would run from its beginning.
    const isOurs = age === "not newer" || (age === "unknown" && isUnfinished);
    return isOurs ? [{ kind: "vanished", name, isUnfinished }] : [];
  });
  return [...changed.map((name): Drift => ({ kind: "changed", name })), ...gone];
}

export function isOfUnfinished(drift: Drift): boolean {
  return drift.kind !== "changed" && drift.isUnfinished;
}

/** Compares the release that applied a migration with this image. "unknown" if one has no comparable version. */
function compareRelease(release: string | undefined, version: string | undefined): "newer" | "not newer" | "unknown" {
  const [applied, ours] = [parseRelease(release ?? ""), parseRelease(version ?? "")];
  if (applied === undefined || ours === undefined) return "unknown";
  return compareVersions(applied, ours) > 0 ? "newer" : "not newer";
}

export function checksumsOf({ migrations }: SchemaTarget): ReadonlyMap<string, string> {
  return new Map(migrations.map((file) => [file.name, readChecksum(file)]));
}
