import type { Client } from "pg";

/** Everything that the migrations made in a database, sorted. It is the same for every successful run. */
export interface DatabaseState {
  readonly schema: readonly string[];
  /** The rows of `log`, each with its count. */
  readonly log: readonly string[];
  readonly counter: number;
  /** A hash of the rows of `accounts`. */
  readonly accounts: string;
  /** Keys of `attempts`. */
  readonly attempts: readonly string[];
  /** In the order in which they were applied. */
  readonly history: readonly string[];
  readonly releases: readonly string[];
}

export async function readState(client: Client): Promise<DatabaseState> {
  const list = async (sql: string) => (await client.query<{ item: string }>(sql)).rows.map(({ item }) => item);
  const [one] = (
    await client.query<{ counter: number; accounts: string }>(
      `SELECT (SELECT value FROM counters) AS counter,
        (SELECT md5(string_agg(accounts::text, ',' ORDER BY id)) FROM accounts) AS accounts`,
    )
  ).rows;
  return {
    schema: await list(schemaSql),
    log: await list(`SELECT entry || ' ×' || count(*) AS item FROM log GROUP BY entry ORDER BY entry`),
    counter: one?.counter ?? 0,
    accounts: one?.accounts ?? "",
    attempts: await list(`SELECT DISTINCT entry AS item FROM attempts ORDER BY 1`),
    history: await list(`SELECT concat_ws(' ', name, checksum, statements, applied_at IS NOT NULL) AS item
      FROM seaworthy.migrations ORDER BY position`),
    releases: await list(`SELECT concat_ws(' ', app, version, manifest) AS item FROM seaworthy.releases`),
  };
}

const schemaSql = `
  SELECT concat_ws(' ', 'column', attrelid::regclass, attname, atttypid::regtype, attnotnull) AS item
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND attnum > 0 AND NOT attisdropped
  UNION ALL SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid, indisready, indislive)
    FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'function', proname, md5(prosrc)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', 'label', enumlabel) FROM pg_enum
  ORDER BY 1`;
