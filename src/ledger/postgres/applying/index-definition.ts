import { StatementError, type Session } from "../../../kernel/database.ts";
import type { ConcurrentIndex } from "../../../migrations/sql/postgres/concurrent-index.ts";

/**
 * Whether an existing index is the one that the statement would build. The texts cannot be compared, because the server
 * writes definitions in its own form. So the server builds the index on an empty twin of the table, which is rolled back.
 */
export async function hasWantedDefinition(session: Session, index: string, wanted: ConcurrentIndex): Promise<boolean> {
  const { isUnique, table, rest } = wanted;
  const baseName = /(?:^| \. )("(?:[^"]|"")+"|[^"\s]+)$/.exec(table)?.[1] ?? table;
  const twin = `pg_temp.${baseName}`;
  const before = await session.query(`SELECT ${definitionSql} AS definition FROM pg_catalog.pg_index
    WHERE indexrelid = to_regclass(${session.literal(index)}) AND indrelid = to_regclass(${session.literal(table)})`);
  const definition = before[0]?.["definition"];
  if (definition === undefined) return false;
  try {
    const [row] = await session.query(`BEGIN; CREATE TEMPORARY TABLE ${twin} (LIKE ${table});
      CREATE ${isUnique ? "UNIQUE " : ""}INDEX ON ${twin} ${rest};
      SELECT ${definitionSql} AS definition FROM pg_catalog.pg_index
        WHERE indrelid = to_regclass(${session.literal(twin)})`);
    return row?.["definition"] === definition;
  } catch (error) {
    // Without the right to create the twin, run the statement: the server refuses a second index of that name.
    if (error instanceof StatementError) return false;
    throw error;
  } finally {
    await session.query("ROLLBACK").catch(() => {});
  }
}

/** The definition after the table's name, and whether the index is unique. */
const definitionSql = "(indisunique, substring(pg_get_indexdef(indexrelid) FROM ' USING .*$'))::text";
