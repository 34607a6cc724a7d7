import { StatementError, type Session } from "../../kernel/database.ts";
import type { ListenRefusal } from "../engine.ts";

/** The channel on which an upgrade announces that it is done. */
const channel = "seaworthy";

/** Listens for upgrades. Returns why this session cannot listen, or undefined. */
export async function listen(session: Session): Promise<ListenRefusal | undefined> {
  // A transaction pooler accepts LISTEN and never delivers a notification.
  if (await session.isPooled())
    return { reason: "the database is reached through a transaction pooler", mayChange: false };
  try {
    await session.query(`LISTEN ${channel}`);
    return undefined;
  } catch (error) {
    if (error instanceof StatementError)
      return { reason: `the database does not let us listen (${error.message})`, mayChange: true };
    throw error;
  }
}

/** SQL that wakes the instances that listen. */
export function notifySql({ literal }: Pick<Session, "literal">, app: string): string {
  return `SELECT pg_catalog.pg_notify('${channel}', ${literal(app)})`;
}
