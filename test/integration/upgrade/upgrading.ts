import { Client } from "pg";
import type { TestDatabase } from "../../harness/database.ts";
import { configuration, type ImageFiles } from "../../harness/image.ts";
import { waitFor } from "../../harness/wait.ts";

/** The files of an image of the application `shop`. */
export function shopImage(
  url: string,
  version: string,
  migrations: Readonly<Record<string, string>>,
  upgrade: object = {},
): ImageFiles {
  return {
    ...configuration({
      app: { name: "shop", version },
      dependencies: { schema: { kind: "schema", url } },
      upgrade,
    }),
    ...Object.fromEntries(Object.entries(migrations).map(([name, sql]) => [`migrations/${name}.sql`, sql])),
  };
}

export interface HeldLock {
  readonly release: () => Promise<void>;
}

/** A session of the test that holds an advisory lock until it is released. */
async function hold(database: TestDatabase, key: string): Promise<HeldLock> {
  const client = new Client({ connectionString: database.url, application_name: "the test" });
  await client.connect();
  await client.query(`SELECT pg_advisory_lock(${key})`);
  return { release: () => client.end() };
}

/** pg_locks shows the locks of all databases. */
const here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())";

const gateKey = "1";
/** A statement for a migration that waits until the gate is open. */
export const passGate = `SELECT pg_advisory_lock(${gateKey}); SELECT pg_advisory_unlock(${gateKey});`;
/** Blocks migrations in the middle until it is released. */
export const closeGate = (database: TestDatabase) => hold(database, gateKey);

export async function waitForArrival(database: TestDatabase): Promise<void> {
  await waitFor("a migration at the gate", async () => {
    const rows = await database.query(
      `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${gateKey} AND NOT granted AND ${here}`,
    );
    return rows.length > 0;
  });
}

/** The upgrade lock is the ASCII bytes of "seaworth". */
export const takeUpgradeLock = (database: TestDatabase) =>
  hold(database, "('x' || encode('seaworth', 'hex'))::bit(64)::bigint");

/** The backend that holds the upgrade lock of this database. */
export async function lockHolder(database: TestDatabase): Promise<number | undefined> {
  const rows = await database.query(`SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
    AND classid = x'73656177'::int AND objid = x'6f727468'::int
    AND ${here}`);
  return rows[0]?.["pid"] as number | undefined;
}

/** The database's backends, without those of the test. */
export async function backendsOf(database: TestDatabase): Promise<readonly Record<string, unknown>[]> {
  return database.query(`SELECT pid, application_name, query FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'seaworthy%'`);
}

export async function tablesOf(database: TestDatabase): Promise<readonly unknown[]> {
  const rows = await database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
  return rows.map(({ tablename }) => tablename);
}

/** Names in the order of application. */
export async function appliedIn(database: TestDatabase): Promise<readonly unknown[]> {
  const rows = await database.query("SELECT name FROM seaworthy.migrations ORDER BY position");
  return rows.map(({ name }) => name);
}

export async function releasesIn(database: TestDatabase): Promise<readonly unknown[]> {
  const rows = await database.query(
    "SELECT app || '@' || version AS release FROM seaworthy.releases ORDER BY position",
  );
  return rows.map(({ release }) => release);
}
