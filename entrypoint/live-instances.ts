import { describeServer } from "../src/urls/describe.ts";
import type { Loaded } from "../src/config/load.ts";
import { messageOf } from "../src/kernel/failure.ts";
import type { LiveVersion } from "../src/ledger/instances.ts";
import { loadEngine } from "../src/ledger/engines.ts";
import type { Context } from "./context.ts";
import { prepareDependencies } from "./prepare-dependencies.ts";
import { openLookSessions, openOtherDatabase, isPostgres } from "./sessions.ts";
import { recordedByUrl } from "./upgrade-announcements.ts";

/** The live instances that one database knows. */
export interface Fleet {
  /** `Postgres at db:5432/shop` */
  readonly database: string;
  readonly versions: readonly LiveVersion[];
  /** Why the database does not know its instances. */
  readonly problem?: string;
}

const timeoutMs = 2000;

/** Asks each ledger which instances of the app are alive. Never rejects for a database that does not answer. */
export async function findLiveInstances(loaded: Loaded, context: Context): Promise<readonly Fleet[]> {
  const { app } = loaded.settings;
  const openPostgres = openLookSessions(app, context.variables)(timeoutMs);
  const ask = async (url: string): Promise<Fleet> => {
    const database = describeServer(url);
    const { instances } = await loadEngine(url);
    try {
      const session = await (isPostgres(url) ? openPostgres(url) : openOtherDatabase(url, timeoutMs));
      try {
        const versions = await instances.list(session, app.name);
        if (versions !== undefined) return { database, versions };
        return { database, versions: [], problem: "no upgrade has prepared it to record live instances" };
      } finally {
        await session.close();
      }
    } catch (error) {
      return { database, versions: [], problem: messageOf(error) };
    }
  };
  const dependencies = await prepareDependencies(loaded, context);
  return Promise.all(Array.from(recordedByUrl(dependencies).keys(), ask));
}
