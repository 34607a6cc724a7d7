import { watchForStuckFiles } from "./stuck-files.ts";
import { startPostgres, type PostgresServer } from "./postgres.ts";

/** One Postgres for the whole run. Every test file creates its own database in it (database.ts). */
let server: PostgresServer | undefined;

export async function globalSetup(): Promise<void> {
  watchForStuckFiles();
  server = await startPostgres();
  process.env["TEST_POSTGRES_URL"] = server.url;
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
}
