import { StatementError, type Session } from "../../kernel/database.ts";
import { serverErrorOf } from "./server-error.ts";
import type { ServerSettings } from "./settings.ts";

/** The session that holds the lock and works. */
export interface WorkSession extends Session {
  /** Executes seaworthy's own statements in order, up to the first that fails. On MariaDB, they are one message. */
  readonly executeAll: (statements: readonly string[]) => Promise<void>;
}

/** A message must stay below the server's max_allowed_packet. */
const statementsPerMessage = 100;
const syntaxError = 1064;

/**
 * The server has to refuse a second statement in a message of this session: a file that was split in the wrong place must not
 * run. MariaDB takes several as one compound statement. MySQL does not, so there each of them is a message.
 */
export function workSession(session: Session, { hasCompound }: Pick<ServerSettings, "hasCompound">): WorkSession {
  const oneByOne = async (statements: readonly string[]) => {
    for (const sql of statements) await session.execute(sql);
  };
  const asOne = async (statements: readonly string[]) => {
    try {
      await session.execute(`BEGIN NOT ATOMIC ${statements.join("; ")}; END`);
    } catch (error) {
      // A proxy or a related product that does not know it. Nothing has run then.
      if (!(error instanceof StatementError) || serverErrorOf(error).number !== syntaxError) throw error;
      await oneByOne(statements);
    }
  };
  return {
    ...session,
    async executeAll(statements) {
      if (!hasCompound) return oneByOne(statements);
      for (let first = 0; first < statements.length; first += statementsPerMessage)
        await asOne(statements.slice(first, first + statementsPerMessage));
    },
  };
}
