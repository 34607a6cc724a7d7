import type { ReadSession } from "../../kernel/database.ts";
import type { Comparison, Identity } from "../identity.ts";

interface ServerIdentity extends Identity {
  /** Names the server. A replica has another one. */
  readonly server: string;
  readonly isReplica: boolean;
}

export async function identify(session: Pick<ReadSession, "query">): Promise<ServerIdentity> {
  const [row = {}] = await session.query(`SELECT DATABASE() AS name, CURRENT_USER() AS role,
    CONCAT(@@hostname, ':', @@port, ' ', @@server_id, ' ', @@datadir) AS server, @@read_only AS replica`);
  const database = String(row["name"] ?? "");
  return {
    database,
    role: String(row["role"]),
    schema: database === "" ? undefined : database,
    server: String(row["server"]),
    isReplica: !["0", "OFF"].includes(String(row["replica"])),
  };
}

/** A replica counts as its primary: its read_only is on. */
export async function compareDatabases(session: ReadSession, health: ReadSession): Promise<Comparison> {
  const theirs = await identify(health);
  const ours = await identify(session);
  return { ours, theirs, difference: findDifference(ours, theirs) };
}

function findDifference(ours: ServerIdentity, theirs: ServerIdentity): string | undefined {
  if (ours.database !== theirs.database) return `One database is ${ours.database}, the other is ${theirs.database}`;
  if (ours.server === theirs.server || ours.isReplica || theirs.isReplica) return undefined;
  return `Both databases are called ${ours.database}, but the servers are different: ${ours.server} and ${theirs.server}`;
}
