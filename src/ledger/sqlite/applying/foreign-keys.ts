import { StatementError, type Session } from "../../../kernel/database.ts";

/** How many rows of a table refer to a missing row, by table and referenced table. Undefined if SQLite cannot tell. */
export type Orphans = ReadonlyMap<string, number> | undefined;

/**
 * Foreign keys are off in a migration, because DROP TABLE would delete the rows that refer to the table. So they are checked
 * before the migration's end: https://sqlite.org/lang_altertable.html#otheralter
 */
export async function countOrphans(session: Pick<Session, "query">): Promise<Orphans> {
  const rows = await session.query(
    `SELECT "table" || ' → ' || parent AS reference, count(*) AS orphans FROM pragma_foreign_key_check GROUP BY 1 ORDER BY 1`,
  );
  return new Map(rows.map((row) => [String(row["reference"]), Number(row["orphans"])]));
}

/** The same before the migration. A definition that SQLite cannot check may be what the migration repairs. */
export async function countOrphansIfPossible(session: Pick<Session, "query">): Promise<Orphans> {
  try {
    return await countOrphans(session);
  } catch (error) {
    if (error instanceof StatementError) return undefined;
    throw error;
  }
}

/** Throws an Error that names the tables in which a migration has left more such rows than before. */
export function refuseNewOrphans(before: Orphans, after: Orphans): void {
  if (before === undefined || after === undefined) return;
  const found = [...after].flatMap(([reference, count]) => {
    const more = count - (before.get(reference) ?? 0);
    return more > 0 ? [`${reference}: ${more} ${more === 1 ? "row" : "rows"}`] : [];
  });
  if (found.length === 0) return;
  const fix =
    "Foreign keys are off while a migration runs, so ON DELETE and ON UPDATE do nothing. Change the rows that refer to others too";
  throw new Error(`FOREIGN KEY constraint failed (${found.join("; ")}). ${fix}.`);
}
