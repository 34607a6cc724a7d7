import type { Session } from "../../../kernel/database.ts";
import { unlessTableIsMissing } from "../../../kernel/missing-table.ts";
import { heartbeat, liveVersion, type Instances } from "../../instances.ts";
import { describeOlder } from "../../older-instances.ts";
import { instancesName, quoteTable, releasesName } from "./names.ts";

const table = quoteTable(instancesName);
const isAlive = `seen_at > UTC_TIMESTAMP(6) - INTERVAL ${heartbeat.countsForSeconds} SECOND`;

/** A report is a row of this table, so the app's role needs INSERT, UPDATE and DELETE on it. */
export const instances: Instances = {
  async report(session, { id, app, version, host }) {
    const { literal } = session;
    const values = [id, app, version, host].map((value) => (value === undefined ? "NULL" : literal(value)));
    const rows = await unlessTableIsMissing(
      session.query(`INSERT INTO ${table} (id, app, version, host, started_at, seen_at)
          VALUES (${values.join(", ")}, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
          ON DUPLICATE KEY UPDATE seen_at = UTC_TIMESTAMP(6);
        SELECT COUNT(*) AS count FROM ${table} WHERE app = ${literal(app)} AND ${isAlive}`),
    );
    return rows?.[0] === undefined ? undefined : Number(rows[0]["count"]);
  },
  async withdraw(session, id) {
    await session.query(`DELETE FROM ${table} WHERE id = ${session.literal(id)}`);
  },
  async list(session, app) {
    const rows = await unlessTableIsMissing(
      session.query(`SELECT version, COUNT(*) AS count, DATE_FORMAT(MIN(started_at), '%Y-%m-%dT%H:%i:%sZ') AS since,
          GROUP_CONCAT(host ORDER BY host SEPARATOR '\\n') AS hosts
        FROM ${table} WHERE app = ${session.literal(app)} AND id <> '' AND ${isAlive}
        GROUP BY version ORDER BY MIN(started_at), version`),
    );
    return rows?.map((row) => liveVersion(row, String(row["hosts"]).split("\n")));
  },
};

/** Names the live instances that are older than a floor. Undefined if there are none. */
export async function findOlderInstances(session: Session, app: string, floor: string): Promise<string | undefined> {
  const reported = (await instances.list(session, app)) ?? [];
  return describeOlder({ reported, inSessions: [], tooNewSeconds: await findTooNew(session) }, floor);
}

/** As in Postgres (postgres/tables/instances.ts). */
async function findTooNew(session: Session): Promise<number | undefined> {
  const rows = await unlessTableIsMissing(
    session.query(`SELECT TIMESTAMPDIFF(SECOND, seen_at, UTC_TIMESTAMP(6)) AS seconds FROM ${table}
      WHERE id = '' AND ${isAlive}`),
  );
  if (rows !== undefined) return rows[0] === undefined ? undefined : Number(rows[0]["seconds"]);
  const ledger = await unlessTableIsMissing(session.query(`SELECT 1 FROM ${quoteTable(releasesName)} LIMIT 1`));
  return ledger === undefined ? undefined : 0;
}

/** SQL for the row that says since when instances are recorded. `isTrusted`: nothing was there before. */
export function creationSql(isTrusted: boolean): string {
  const since = isTrusted ? "'1970-01-01'" : "UTC_TIMESTAMP(6)";
  return `INSERT INTO ${table} (id, app, host, started_at, seen_at) VALUES ('', '', '', ${since}, ${since})`;
}

/** SQL for an upgrade, which removes the reports of instances that were killed long ago. */
export const removeOldSql = `DELETE FROM ${table} WHERE id <> '' AND seen_at < UTC_TIMESTAMP(6) - INTERVAL 1 HOUR`;
