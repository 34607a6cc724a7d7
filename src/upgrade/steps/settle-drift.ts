import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { Log } from "../../kernel/log.ts";
import type { UpgradeLedger } from "../../ledger/ledger.ts";
import type { Drift } from "./find-drift.ts";
import type { SchemaSurvey, Survey } from "./survey.ts";
import type { LockedDatabase } from "./take-locks.ts";

/**
 * Refuses drift, or records it if --accept-drift names it. Throws a Failure (78).
 * @returns whether something was recorded: then the databases must be surveyed again
 */
export async function settleDrift(
  databases: readonly LockedDatabase[],
  surveys: readonly Survey[],
  acceptDrift: readonly string[],
  log: Log,
): Promise<boolean> {
  const drifts = surveys.flatMap(({ schemas }) => schemas.flatMap((schema) => schema.drifts));
  if (drifts.length === 0) return false;
  refuseDrift(drifts, acceptDrift);
  for (const [index, { locked }] of databases.entries()) {
    for (const schema of surveys[index]?.schemas ?? []) await recordDrift(locked, schema);
  }
  for (const { kind, name } of drifts) log.warn(`accepted that ${name} is ${kind}`, { migration: name });
  return true;
}

async function recordDrift(locked: UpgradeLedger, { history, drifts, checksums }: SchemaSurvey): Promise<void> {
  for (const drift of drifts) {
    if (drift.kind === "renamed") await locked.acceptName(history, { ...drift, from: drift.name });
    else if (drift.kind === "vanished" && drift.isUnfinished) await locked.forget(history, drift.name);
    else {
      const checksum = drift.kind === "changed" ? (checksums.get(drift.name) ?? "") : "";
      await locked.acceptChecksum(history, drift.name, checksum);
    }
  }
}

/** Throws a Failure (78) that names every drift that was not accepted, and how to accept it. */
function refuseDrift(drifts: readonly Drift[], accepted: readonly string[]): void {
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
        return `the migration ${drift.name} was begun and not finished, and its file is not in this image. Put the file back under that name, or undo its finished statements in the database, and remove its record: ${accept}`;
      return `the migration ${drift.name} was applied, but its file is not in this image. Put the file back, or record that it is gone: ${accept}`;
  }
}
