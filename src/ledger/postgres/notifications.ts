import { StatementError, type Session } from "../../kernel/database.ts";
import type { ListenRefusal } from "../engine.ts";

/** The channel on which an upgrade announces that it is done. */
const channel = "seaworthy";

/** Asks for the notifications of upgrades. Returns why this session cannot have them; undefined when it has. */
export async function listen(session: Session): Promise<ListenRefusal | undefined> {
  // A transaction pooler takes LISTEN and never delivers.
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
