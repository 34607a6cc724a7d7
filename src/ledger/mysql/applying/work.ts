import type { Session } from "../../../kernel/database.ts";
import { findBlocker } from "./blockers.ts";

/**
 * What the session that applies a migration does now: whom it waits for, or its state and, on MariaDB, how far an ALTER is.
 * Undefined if the server does not know.
 * @param session another one
 */
export async function describeWork(session: Session, workId: number): Promise<string | undefined> {
  const blocker = await findBlocker(session, workId);
  if (blocker !== undefined) return `waits for ${blocker}`;
  // MySQL has no column PROGRESS.
  const [row] = await session.query(`SELECT * FROM information_schema.PROCESSLIST WHERE ID = ${workId}`);
  const state = String(row?.["STATE"] ?? "");
  if (state === "") return undefined;
  const percent = Math.floor(Number(row?.["PROGRESS"] ?? 0));
  return percent > 0 ? `${state}, ${percent} %` : state;
}
