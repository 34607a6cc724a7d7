import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchForStuckFiles } from "./stuck-files.ts";
import { startPostgres, type PostgresServer } from "./postgres.ts";

/** One Postgres for the whole run. Every test file creates its own database in it (database.ts). */
let server: PostgresServer | undefined;
/** See enterSwarm. */
const swarmMark = join(tmpdir(), `seaworthy-swarm-${process.pid}`);

export async function globalSetup(): Promise<void> {
  watchForStuckFiles();
  process.env["TEST_SWARM_MARK"] = swarmMark;
  server = await startPostgres();
  process.env["TEST_POSTGRES_URL"] = server.url;
}

export async function globalTeardown(): Promise<void> {
  if (existsSync(swarmMark)) await (await import("./engine/swarm.ts")).leaveMarkedSwarm(swarmMark);
  await server?.stop();
}
