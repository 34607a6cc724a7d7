import { StatementError, type ReadSession, type Row } from "../../../kernel/database.ts";
import { unlessTableIsMissing } from "../../../kernel/missing-table.ts";
import { heartbeat, liveVersion, shownHosts, type Instances, type LiveVersion } from "../../instances.ts";
import type { LedgerTable } from "./ledger-tables.ts";
import { releasesTable } from "./releases.ts";

const table = "seaworthy.instances";
/** The row that says when the table was created: its `id` is empty. */
const creation = "id = ''";
const isAlive = `seen_at > pg_catalog.clock_timestamp() - interval '${heartbeat.countsForSeconds} s'`;

/**
 * The table of live instances. Roles that may only read report through functions of the upgrade's role, which write the
 * caller's own row and nothing else. Text is cut, so that a row has a limit. A new row removes those that ended long ago.
 */
export const instancesTable: LedgerTable = {
  name: table,
  createSql: `CREATE TABLE ${table} (
      id text COLLATE "C" PRIMARY KEY,
      app text NOT NULL,
      version text,
      host text NOT NULL,
      role name NOT NULL DEFAULT session_user,
      started_at timestamptz NOT NULL DEFAULT now(),
      seen_at timestamptz NOT NULL DEFAULT now()) WITH (fillfactor = 50);
    CREATE OR REPLACE FUNCTION seaworthy.report_instance(id text, app text, version text, host text) RETURNS bigint
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
        WITH reported AS (
          INSERT INTO ${table} AS one (id, app, version, host)
            SELECT pg_catalog.left($1, 64), pg_catalog.left($2, 200), pg_catalog.left($3, 200), pg_catalog.left($4, 200)
              WHERE $1 <> ''
            ON CONFLICT ON CONSTRAINT instances_pkey
              DO UPDATE SET seen_at = clock_timestamp() WHERE one.role = session_user
            RETURNING one.started_at = one.seen_at AS is_new),
        removed AS (
          DELETE FROM ${table} AS one WHERE (SELECT is_new FROM reported) AND one.id <> ''
            AND one.seen_at < clock_timestamp() - interval '1 hour')
        SELECT count(*) + 1 FROM ${table} AS one WHERE one.app = $2 AND one.${isAlive} AND one.id <> $1
      $function$;
    CREATE OR REPLACE FUNCTION seaworthy.withdraw_instance(id text) RETURNS void
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
        DELETE FROM ${table} AS one WHERE one.id = $1 AND $1 <> '' AND one.role = session_user
      $function$;
    GRANT EXECUTE ON FUNCTION seaworthy.report_instance, seaworthy.withdraw_instance TO PUBLIC;
    INSERT INTO ${table} (id, app, host) VALUES ('', '', '')`,
};

/** SQL for an upgrade that has just created the history: no earlier instance can have used what it is about to create. */
export const trustNewTableSql = `UPDATE ${table} SET seen_at = '-infinity' WHERE ${creation}`;

export const instances: Instances = {
  async report(session, { id, app, version, host }) {
    const values = [id, app, version, host].map((value) => (value === undefined ? "NULL" : session.literal(value)));
    const [row] = (await write(session, `seaworthy.report_instance(${values.join(", ")}) AS count`)) ?? [];
    return row === undefined ? undefined : Number(row["count"]);
  },
  async withdraw(session, id) {
    await write(session, `seaworthy.withdraw_instance(${session.literal(id)})`);
  },
  list: (session, app) => listInstances(session, app),
};

async function listInstances(session: ReadSession, app: string): Promise<readonly LiveVersion[] | undefined> {
  const rows = await unlessTableIsMissing(
    session.query(`SELECT version, count(*)::int AS count, to_char(min(started_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since,
        (pg_catalog.array_agg(host ORDER BY host))[1:${shownHosts}] AS hosts
      FROM ${table} WHERE app = ${session.literal(app)} AND id <> '' AND ${isAlive} GROUP BY version ORDER BY min(started_at), 1`),
  );
  return rows?.map((row) => liveVersion(row, row["hosts"] as readonly string[]));
}

/**
 * How long ago the table was created, in seconds, while running instances may not have reported yet. Else undefined. An
 * upgrade creates the table in a ledger of an earlier version of seaworthy, so for a plan it is 0 s old.
 */
export async function findTooNew(session: ReadSession): Promise<number | undefined> {
  const rows = await unlessTableIsMissing(
    session.query(`SELECT extract(epoch FROM clock_timestamp() - seen_at)::int AS seconds
      FROM ${table} WHERE ${creation} AND ${isAlive}`),
  );
  if (rows !== undefined) return rows[0] === undefined ? undefined : Number(rows[0]["seconds"]);
  const [ledger] = await session.query(`SELECT to_regclass('${releasesTable.name}') IS NOT NULL AS exists`);
  return ledger?.["exists"] === true ? 0 : undefined;
}

const undefinedFunction = "42883";

/** One message is one transaction. A role's transactions may be read-only by default. Undefined without the function. */
async function write(session: ReadSession, call: string): Promise<readonly Row[] | undefined> {
  try {
    return await unlessTableIsMissing(
      session.query(`SET TRANSACTION READ WRITE; SET LOCAL lock_timeout = '500ms'; SELECT ${call}`),
    );
  } catch (error) {
    if (error instanceof StatementError && error.sqlState === undefinedFunction) return undefined;
    throw error;
  }
}
