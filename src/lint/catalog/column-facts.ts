import type { Session } from "../../kernel/database.ts";
import type { Name } from "../names.ts";
import type { ColumnFacts } from "../problem.ts";

/**
 * Reads a column's facts in one query without locks. Postgres 18 added NOT NULL constraints that are NOT VALID, which
 * apply only to new rows.
 */
export async function describeColumn(
  session: Pick<Session, "queryWith">,
  table: Name,
  column: string,
): Promise<ColumnFacts | undefined> {
  const [row] = await session.queryWith(
    `SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
      a.attnotnull AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint c
        WHERE c.conrelid = a.attrelid AND c.contype = 'n' AND c.conkey = ARRAY[a.attnum] AND NOT c.convalidated
      ) AS "isNotNull",
      (SELECT COALESCE(json_agg(json_build_object('name', c.conname, 'isValid', c.convalidated)), '[]')
        FROM pg_catalog.pg_constraint c
        WHERE c.conrelid = a.attrelid AND c.contype = 'c' AND c.conkey = ARRAY[a.attnum]
          AND pg_catalog.pg_get_expr(c.conbin, c.conrelid) = pg_catalog.format('(%I IS NOT NULL)', a.attname)
      ) AS "notNullChecks"
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = pg_catalog.to_regclass($1) AND a.attname = $2 AND NOT a.attisdropped`,
    [table.map((part) => `"${part.replaceAll('"', '""')}"`).join("."), column],
  );
  return row as ColumnFacts | undefined;
}
