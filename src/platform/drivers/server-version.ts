import type { Session } from "../../kernel/database.ts";
import { engineOf } from "../../urls/read.ts";
import { askRedisVersion } from "./redis.ts";

/** Opens a session with a database by the scheme of its URL. Rejects with an UnreachableError. */
export type OpenDatabase = (url: string) => Promise<Pick<Session, "query" | "close">>;

/** Asks a server for its own version, by the scheme of its URL. Rejects with an UnreachableError. */
export async function askServerVersion(url: string, open: OpenDatabase, signal: AbortSignal): Promise<string> {
  const engine = engineOf(url);
  if (engine === "redis") return askRedisVersion(url, signal);
  const session = await open(url);
  try {
    const [row] = await session.query(engine === "postgres" ? "SHOW server_version" : "SELECT VERSION()");
    return String(Object.values(row ?? {})[0]);
  } finally {
    await session.close();
  }
}
