import { StatementError, UnreachableError, type LookSession, type Session } from "../../kernel/database.ts";
import { messageOf } from "../../kernel/failure.ts";
import type { Observation } from "../../kernel/observation.ts";

/** Opens a session for one look. Rejects with an UnreachableError. */
export type OpenSession<S extends LookSession = Session> = (url: string) => Promise<S>;

/** One look at a database: connect, ask, close. Every error becomes a verdict. */
export async function lookAtDatabase<S extends LookSession>(
  open: OpenSession<S>,
  { url, needed }: { readonly url: string; readonly needed?: string },
  ask: (session: S) => Promise<Observation>,
): Promise<Observation> {
  let session: S | undefined;
  try {
    session = await open(url);
    return await ask(session);
  } catch (error) {
    return { ...(needed !== undefined && { needed }), ...observationOf(error) };
  } finally {
    await session?.close();
  }
}

function observationOf(error: unknown): Observation {
  if (error instanceof UnreachableError)
    return { verdict: "unreachable", reason: error.message, ...(error.isCrowded && { isCrowded: true }) };
  if (!(error instanceof StatementError))
    return { verdict: "unreadable", reason: `internal error: ${messageOf(error)}` };
  switch (error.sqlState) {
    case "55P03":
      return { verdict: "upgrading", reason: "an upgrade has locked the history table" };
    case "55006": {
      const fix = "Wait until it is done, or keep its transactions short";
      return { verdict: "unreachable", reason: `${error.message}. ${fix}.` };
    }
    case "XX001": {
      const fix = "It is damaged or encrypted, or it is no database: check `url:`, or restore a backup";
      return { verdict: "unreadable", reason: `${error.message}. ${fix}.` };
    }
    // MySQL: no database is selected. On Postgres, each connection has one.
    case "3D000":
      return {
        verdict: "unreadable",
        reason: "the URL names no database: write its name after the host, as in mysql://host/shop",
      };
    case "42501":
      return {
        verdict: "unreadable",
        reason: `${error.message}. Grant the app's role USAGE on that schema and SELECT on its tables.`,
      };
    default:
      return { verdict: "unreadable", reason: `the database answered: ${error.message} (SQLSTATE ${error.sqlState})` };
  }
}
