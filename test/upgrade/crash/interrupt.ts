import type { Attempt } from "./attempt.ts";
import type { Kind } from "./plan.ts";
import type { Proxy } from "./proxy.ts";
import { sessionNames, type CrashServer } from "./server.ts";

export interface Scene {
  readonly attempt: Attempt;
  readonly proxy: Proxy;
  readonly server: CrashServer;
  readonly database: string;
}

/** Interrupts once. Returns false if the upgrade had already ended or was not connected yet. */
export async function interrupt(kind: Kind, { attempt, proxy, server, database }: Scene): Promise<boolean> {
  const backends = (name: string, verb: string) =>
    server.use("postgres", (client) =>
      client.query<{ pid: number }>(
        `SELECT ${verb} AS pid FROM pg_stat_activity WHERE datname = $1 AND starts_with(application_name, $2)`,
        [database, name],
      ),
    );
  switch (kind) {
    case "SIGKILL":
    case "SIGTERM":
      return attempt.kill(kind);
    case "terminate work":
      return (await backends(sessionNames.work, "pg_terminate_backend(pid)")).rows.length > 0;
    case "terminate lock":
      return (await backends(sessionNames.lock, "pg_terminate_backend(pid)")).rows.length > 0;
    case "cut work":
      return proxy.cut(sessionNames.work) > 0;
    case "cut lock":
      return proxy.cut(sessionNames.lock) > 0;
    case "cut all":
      return proxy.cut("") > 0;
    case "kill Postgres": {
      // If one backend is killed with -9, the postmaster ends all others and recovers from the log.
      const [victim] = (await backends(sessionNames.work, "pid")).rows;
      return victim !== undefined && kill(victim.pid);
    }
  }
}

/** Sends SIGKILL. Returns whether the process was still there. */
export function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
    return false;
  }
}
