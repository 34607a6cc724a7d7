import type { Session } from "../../kernel/database.ts";
import { engineOf } from "../../urls/read.ts";
import { askRedisVersion } from "./redis.ts";

/** Opens a session with a database, chosen by the URL's scheme. Rejects with an UnreachableError. */
export type OpenDatabase = (url: string) => Promise<Pick<Session, "query" | "close">>;

export interface ServerVersion {
  readonly version: string;
  /** The server's own text, as in `PostgreSQL 15.4 on x86_64…`. */
  readonly product?: string;
}

interface AskOptions {
  readonly signal: AbortSignal;
  readonly asksProduct: boolean;
}

/** Asks a server for its version, by the URL's scheme. Rejects with an UnreachableError. */
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
    // The text after the number names products related to MySQL. MySQL itself adds nothing.
    return { version, product: `MySQL ${version}` };
  } finally {
    await session.close();
  }
}
