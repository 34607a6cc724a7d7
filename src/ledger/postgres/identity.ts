import { StatementError, type Session } from "../../kernel/database.ts";
import type { Comparison, Identity } from "../identity.ts";

/** A Postgres session's description of its place. */
interface ServerIdentity extends Identity {
  /** The database's OID. A replica has the same one. Undefined if the server does not tell. */
  readonly oid: string | undefined;
  /** Whether the server is a replica. */
  readonly isReplica: boolean;
  /** To the microsecond. Undefined if the server does not tell. */
  readonly startedAt: string | undefined;
}

/** Uses only functions that every role may call. Servers that only speak Postgres's protocol know fewer. */
export async function identify(session: Session): Promise<ServerIdentity> {
  const asked = await session
    .query(`SELECT pg_catalog.current_database() AS database, current_user AS role,
        pg_catalog.current_schema() AS schema, pg_catalog.pg_is_in_recovery() AS replica,
        (SELECT oid::text FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AS oid,
        pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS started`)
    .catch((error: unknown) => {
      if (error instanceof StatementError)
        return session.query("SELECT current_database() AS database, current_user AS role");
      throw error;
    });
  const row = asked[0] ?? {};
  const text = (name: string) => (typeof row[name] === "string" ? row[name] : undefined);
  return {
    database: text("database") ?? "",
    role: text("role") ?? "",
    schema: text("schema"),
    oid: text("oid"),
    isReplica: row["replica"] === true,
    startedAt: text("started"),
  };
}

/** The cluster's system identifier, which its replicas share. Undefined if the role may not read it. */
async function readSystemIdentifier(session: Session): Promise<string | undefined> {
  try {
    const [row] = await session.query("SELECT system_identifier::text AS system FROM pg_catalog.pg_control_system()");
    return row?.["system"] as string | undefined;
  } catch (error) {
    if (error instanceof StatementError) return undefined;
    throw error;
  }
}

interface Place extends ServerIdentity {
  readonly system: string | undefined;
}

export async function compareDatabases(session: Session, health: Session): Promise<Comparison> {
  const theirs = { ...(await identify(health)), system: await readSystemIdentifier(health) };
  // Ask after the other session has answered: both are alive now, so no restart can lie between the answers.
  const ours = { ...(await identify(session)), system: await readSystemIdentifier(session) };
  return { ours, theirs, difference: findDifference(ours, theirs) };
}

/**
 * Says why two live sessions are in different databases, or returns undefined. A replica counts as its primary. A copied
 * disk, such as a restored snapshot, has the same system identifier and OIDs, but another start time.
 */
function findDifference(ours: Place, theirs: Place): string | undefined {
  if (ours.database !== theirs.database) return `One database is ${ours.database}, the other is ${theirs.database}`;
  if (differ(ours.system, theirs.system))
    return `Both databases are called ${ours.database}, but the servers are different: their system identifiers are ${ours.system} and ${theirs.system}`;
  if (differ(ours.oid, theirs.oid))
    return `Both databases are called ${ours.database}, but they have different numbers (${ours.oid} and ${theirs.oid})`;
  if (!ours.isReplica && !theirs.isReplica && differ(ours.startedAt, theirs.startedAt))
    return `Both databases are called ${ours.database}, but the servers are different: one is a copy of the other. Neither is a replica, and they were started at ${ours.startedAt} and ${theirs.startedAt} UTC`;
  return undefined;
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
