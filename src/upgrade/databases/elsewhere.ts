import type { SchemaElsewhere } from "../ports.ts";
import { tryPatiently, type PatienceOptions } from "../../ledger/sessions.ts";

/** What other tools have not applied in databases that seaworthy does not upgrade itself, by the name of the dependency. */
export async function surveyElsewhere(
  schemas: readonly SchemaElsewhere[],
  options: PatienceOptions,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const missing = await Promise.all(
    schemas.map(async ({ name, missing }) => [name, await tryPatiently(missing, options)] as const),
  );
  return new Map(missing.filter(([, names]) => names.length > 0));
}
