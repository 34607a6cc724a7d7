import { StatementError, type ReadSession, type Session } from "../../kernel/database.ts";
import type { ListenRefusal } from "../engine.ts";
import { presencePrefix } from "./session-names.ts";

/** The channel on which an upgrade announces that it is done. */
const channel = "seaworthy";

/** Listens for upgrades. Returns why this session cannot listen, or undefined. */
export async function listen(session: Session, percent: number): Promise<ListenRefusal | undefined> {
  // A transaction pooler accepts LISTEN and never delivers a notification.
  if (await session.isPooled())
    return { reason: "the database is reached through a transaction pooler", mayChange: false };
  try {
    // Others may have taken the last connections at the same moment.
    if (!(await hasRoom(session, percent, "with this session")))
      return { reason: `other instances hold ${percent} % of the server's connections`, mayChange: true };
    await session.query(`LISTEN ${channel}`);
    return undefined;
  } catch (error) {
    if (error instanceof StatementError)
      return { reason: `the database does not let us listen (${error.message})`, mayChange: true };
    throw error;
  }
}

/**
 * Whether one more instance may hold a connection: all together hold at most this percentage of what the server, the
 * database and the role allow. Every role sees every session's application_name.
 */
export async function hasRoom(
  session: ReadSession,
  percent: number,
  counting: "with this session" | "before it is open" = "before it is open",
): Promise<boolean> {
  const [row] = await session.query(`SELECT LEAST(
        pg_catalog.current_setting('max_connections')::int,
        (SELECT NULLIF(datconnlimit, -1) FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()),
        (SELECT NULLIF(rolconnlimit, -1) FROM pg_catalog.pg_roles WHERE rolname = session_user)) AS allowed,
      (SELECT count(*) FROM pg_catalog.pg_stat_activity
        WHERE starts_with(application_name, ${session.literal(presencePrefix)}))::int AS held`);
  const held = Number(row?.["held"]) + (counting === "with this session" ? 0 : 1);
  return held <= Math.floor((Number(row?.["allowed"]) * percent) / 100);
}

/** SQL that wakes the instances that listen. */
export function notifySql({ literal }: Pick<Session, "literal">, app: string): string {
  return `SELECT pg_catalog.pg_notify('${channel}', ${literal(app)})`;
}
