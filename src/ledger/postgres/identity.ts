import { StatementError, type Session } from "../../kernel/database.ts";
import type { Comparison, Identity } from "../identity.ts";

/** What a Postgres session says of where it is. */
interface ServerIdentity extends Identity {
  /** The database's number: a replica has the same. Undefined where the server does not tell. */
  readonly oid: string | undefined;
  /** A replica reads what a primary writes. */
  readonly isReplica: boolean;
  /** To the microsecond; undefined where the server does not tell. */
  readonly startedAt: string | undefined;
}

/** Asks only what every role may know. Servers that speak Postgres's language without being one know less. */
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

/** The number that initdb gave the cluster, and that its replicas share; undefined where the role may not know it. */
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
  // Asked after the other has answered: both sessions live at this moment, and no restart lies between.
  const ours = { ...(await identify(session)), system: await readSystemIdentifier(session) };
  return { ours, theirs, difference: findDifference(ours, theirs) };
}

/**
 * Why two sessions that both live are not in one database; undefined where they are. A replica counts as its primary. A
 * copy of a server's disk, as a restored snapshot, has its system identifier and its numbers, but was started by itself.
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
