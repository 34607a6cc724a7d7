import type { ReadSession, Row, Session } from "../../../kernel/database.ts";
import { unlessTableIsMissing } from "../../../kernel/missing-table.ts";
import { heartbeat, liveVersion, type Instances } from "../../instances.ts";
import { describeOlder } from "../../older-instances.ts";
import { now } from "./ledger-tables.ts";
import { releasesTable } from "./releases.ts";

/** In a file of its own beside the database, so that a report never makes the app wait (sqlite/instances-file.ts). */
const table = "instances";
const ago = (seconds: number) => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-${seconds} seconds')`;
const isAlive = `seen_at > ${ago(heartbeat.countsForSeconds)}`;
const removeOldSql = `DELETE FROM ${table} WHERE id <> '' AND seen_at < ${ago(3600)}`;

export const instances: Instances = {
  async report(session, { id, app, version, host }) {
    const { literal } = session;
    const values = [id, app, version, host].map((value) => (value === undefined ? "NULL" : literal(value)));
    const rows = await run(session, "write", [
      `INSERT INTO ${table} (id, app, version, host, started_at, seen_at) VALUES (${values.join(", ")}, ${now}, ${now})
        ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
      `SELECT count(*) AS count FROM ${table} WHERE app = ${literal(app)} AND ${isAlive}`,
    ]);
    return rows?.[0] === undefined ? undefined : Number(rows[0]["count"]);
  },
  async withdraw(session, id) {
    await run(session, "write", [`DELETE FROM ${table} WHERE id = ${session.literal(id)}`]);
  },
  async list(session, app) {
    const rows = await run(session, "read", [
      `SELECT version, count(*) AS count, strftime('%Y-%m-%dT%H:%M:%SZ', min(started_at)) AS since,
          json_group_array(host ORDER BY host) AS hosts
        FROM ${table} WHERE app = ${session.literal(app)} AND id <> '' AND ${isAlive}
        GROUP BY version ORDER BY min(started_at), version`,
    ]);
    return rows?.map((row) => liveVersion(row, JSON.parse(String(row["hosts"])) as readonly string[]));
  },
};

/** Names the live instances that are older than a floor. Undefined if there are none. */
export async function findOlderInstances(
  session: ReadSession,
  app: string,
  floor: string,
): Promise<string | undefined> {
  const reported = (await instances.list(session, app)) ?? [];
  return describeOlder({ reported, inSessions: [], tooNewSeconds: await findTooNew(session) }, floor);
}

/** As in Postgres (postgres/tables/instances.ts). */
async function findTooNew(session: ReadSession): Promise<number | undefined> {
  const rows = await run(session, "read", [
    `SELECT unixepoch() - unixepoch(seen_at) AS seconds FROM ${table} WHERE id = '' AND ${isAlive}`,
  ]);
  if (rows !== undefined) return rows[0] === undefined ? undefined : Number(rows[0]["seconds"]);
  const ledger = await unlessTableIsMissing(session.query(`SELECT 1 FROM ${releasesTable.name} LIMIT 1`));
  return ledger === undefined ? undefined : 0;
}

/**
 * Creates the file of live instances, and removes the reports of those that ended long ago. Call it only while holding the
 * upgrade lock. `isTrusted`: the ledger is new, so no earlier instance can be alive.
 */
export async function prepareInstances(session: Session, isTrusted: boolean): Promise<void> {
  const since = isTrusted ? "'1970-01-01T00:00:00.000Z'" : now;
  const statements = [
    `CREATE TABLE IF NOT EXISTS ${table} (
      id TEXT PRIMARY KEY,
      app TEXT NOT NULL,
      version TEXT,
      host TEXT NOT NULL,
      started_at TEXT NOT NULL,
      seen_at TEXT NOT NULL) WITHOUT ROWID`,
    // Says since when instances are recorded.
    `INSERT OR IGNORE INTO ${table} (id, app, host, started_at, seen_at) VALUES ('', '', '', ${since}, ${since})`,
    removeOldSql,
  ];
  await session.query(`SELECT seaworthy_prepare_instances(${session.literal(JSON.stringify(statements))})`);
}

/** The rows of the last statement. Undefined if no upgrade has created the file yet. */
async function run(
  session: ReadSession,
  access: "read" | "write",
  statements: readonly string[],
): Promise<readonly Row[] | undefined> {
  const sql = session.literal(JSON.stringify(statements));
  const rows = await unlessTableIsMissing(session.query(`SELECT seaworthy_${access}_instances(${sql}) AS answer`));
  const json = rows?.[0]?.["answer"] ?? null;
  return json === null ? undefined : (JSON.parse(String(json)) as readonly Row[]);
}
