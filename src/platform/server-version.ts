import type { Session } from "../kernel/database.ts";
import { connectPostgres } from "./postgres.ts";
import { askRedisVersion } from "./redis.ts";

/** Asks a server for its own version, by the scheme of its URL. Rejects with an UnreachableError. */
export async function askServerVersion(url: string, timeoutMs: number, signal: AbortSignal): Promise<string> {
  const scheme = new URL(url).protocol;
  if (scheme.startsWith("postgres")) return askPostgres(url, timeoutMs);
  if (scheme === "mysql:" || scheme === "mariadb:") {
    const { connectMysql } = await import("./mysql.ts");
    const session = await connectMysql({
      url,
      applicationName: "seaworthy health",
      connectTimeoutMs: timeoutMs,
      queryTimeoutMs: timeoutMs,
    });
    return firstValue(session, "SELECT VERSION()");
  }
  return askRedisVersion(url, signal);
}

async function askPostgres(url: string, timeoutMs: number): Promise<string> {
  const session = await connectPostgres({
    url,
    applicationName: "seaworthy health",
    connectTimeoutMs: timeoutMs,
    totalTimeoutMs: timeoutMs,
  });
  return firstValue(session, "SHOW server_version");
}

async function firstValue(session: Pick<Session, "query" | "close">, sql: string): Promise<string> {
  try {
    const [row] = await session.query(sql);
    return String(Object.values(row ?? {})[0]);
  } finally {
    await session.close();
  }
}
