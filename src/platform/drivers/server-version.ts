import type { Session } from "../../kernel/database.ts";
import { engineOf } from "../../urls/read.ts";
import { askRedisVersion } from "./redis.ts";

/** Opens a session with a database by the scheme of its URL. Rejects with an UnreachableError. */
export type OpenDatabase = (url: string) => Promise<Pick<Session, "query" | "close">>;

export interface ServerVersion {
  readonly version: string;
  /** In the server's own words, as `PostgreSQL 15.4 on x86_64…`. */
  readonly product?: string;
}

interface AskOptions {
  readonly signal: AbortSignal;
  readonly asksProduct: boolean;
}

/** Asks a server for its own version, by the scheme of its URL. Rejects with an UnreachableError. */
export async function askServerVersion(
  url: string,
  open: OpenDatabase,
  { signal, asksProduct }: AskOptions,
): Promise<ServerVersion> {
  const engine = engineOf(url);
  if (engine === "redis") return askRedisVersion(url, signal);
  const session = await open(url);
  const ask = async (sql: string) => String(Object.values((await session.query(sql))[0] ?? {})[0]);
  try {
    if (engine === "postgres")
      return {
        version: await ask("SHOW server_version"),
        ...(asksProduct && { product: await ask("SELECT version()") }),
      };
    const version = await ask("SELECT VERSION()");
    // What follows the number names MySQL's relatives, and nothing MySQL itself.
    return { version, product: `MySQL ${version}` };
  } finally {
    await session.close();
  }
}
