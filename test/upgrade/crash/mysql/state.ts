import type { RunDatabase } from "./server.ts";

/** Everything that the migrations made in a database. It is the same for every successful run. */
export interface DatabaseState {
  readonly tables: readonly string[];
  readonly programs: readonly string[];
  /** The rows of `log`, each with its count. */
  readonly log: readonly string[];
  readonly counter: unknown;
  readonly accounts: unknown;
  /** Each child with its parent's note. */
  readonly children: readonly string[];
  readonly history: readonly string[];
  readonly releases: readonly string[];
  readonly steps: number;
}

export async function readState({ query }: RunDatabase): Promise<DatabaseState> {
  const list = async (sql: string) => (await query(sql)).map(({ item }) => String(item));
  const names = await list(
    "SELECT TABLE_NAME AS item FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1",
  );
  const tables: string[] = [];
  for (const name of names.filter((one) => !one.startsWith("seaworthy_"))) {
    const [row = {}] = await query(`SHOW CREATE TABLE \`${name}\``);
    // A number that was rolled back is not used again.
    tables.push(
      Object.values(row)
        .join(" ")
        .replace(/ AUTO_INCREMENT=\d+/, ""),
    );
  }
  const checksum = async (table: string) => (await query(`CHECKSUM TABLE ${table}`))[0]?.["Checksum"];
  return {
    tables,
    programs:
      await list(`SELECT CONCAT(ROUTINE_NAME, MD5(ROUTINE_DEFINITION)) AS item FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()
      UNION SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY 1`),
    log: await list("SELECT CONCAT(entry, ' ×', COUNT(*)) AS item FROM log GROUP BY entry ORDER BY entry"),
    counter: (await query("SELECT SUM(value) AS value FROM counters"))[0]?.["value"],
    accounts: await checksum("accounts"),
    children: await list(
      "SELECT CONCAT(children.note, ' of ', parents.note) AS item FROM children LEFT JOIN parents ON id = parent_id ORDER BY 1",
    ),
    history: await list(
      "SELECT CONCAT_WS(' ', name, checksum, applied_at IS NOT NULL) AS item FROM seaworthy_migrations ORDER BY position",
    ),
    releases: await list("SELECT CONCAT_WS(' ', app, version, manifest) AS item FROM seaworthy_releases"),
    steps: (await query("SELECT 1 FROM seaworthy_migrations_steps")).length,
  };
}
