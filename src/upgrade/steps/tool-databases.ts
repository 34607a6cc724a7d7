import { tryPatiently, type PatienceOptions } from "../../ledger/sessions.ts";
import type { ToolDatabase } from "../../targets/targets.ts";

/** Other tools' pending migrations, by dependency name. */
export type Missing = ReadonlyMap<string, readonly string[]>;

/** Finds the pending migrations of databases in which seaworthy keeps no ledger. Throws a Failure (69). */
export async function surveyToolDatabases(
  databases: readonly ToolDatabase[],
  options: PatienceOptions,
): Promise<Missing> {
  const missing = await Promise.all(
    databases.map(async ({ name, missing }) => [name, await tryPatiently(missing, options)] as const),
  );
  return new Map(missing.filter(([, names]) => names.length > 0));
}
