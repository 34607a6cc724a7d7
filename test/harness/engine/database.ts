import { join } from "node:path";
import { Client } from "pg";
import type { EngineContainer } from "./containers.ts";
import { waitLong } from "./patience.ts";

/** A Postgres in a container. */
export interface EngineDatabase {
  readonly container: EngineContainer;
  /** The URL for containers in its network. */
  readonly url: string;
  /** Opens a session in the database of `url`. The caller must end it. */
  readonly connect: () => Promise<Client>;
  /** Runs SQL in a new session. */
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>;
}

/** The methods of an engine that it needs. */
interface Maker {
  readonly build: (name: string, folder: string) => Promise<string>;
  readonly start: (image: string, flags: readonly string[]) => Promise<EngineContainer>;
}

const folder = join(import.meta.dirname, "../../containers/images/postgres");
const password = "container-secret";

export async function startDatabase(engine: Maker, network: string, name: string): Promise<EngineDatabase> {
  const image = await engine.build("postgres", folder);
  const container = await engine.start(image, [
    `--network=${network}`,
    `--network-alias=${name}`,
    `--env=POSTGRES_PASSWORD=${password}`,
  ]);
  const urlAt = (host: string) => `postgres://postgres:${password}@${host}:5432/postgres`;
  const outside = urlAt(await container.address());
  const connect = async () => {
    const client = new Client({ connectionString: outside });
    // The server may end before the session.
    client.on("error", () => {});
    await client.connect();
    return client;
  };
  const query = async (sql: string) => {
    const client = await connect();
    try {
      const result = await client.query(sql);
      return Array.isArray(result) ? (result.at(-1)?.rows ?? []) : result.rows;
    } finally {
      await client.end();
    }
  };
  const answers = () =>
    query("SELECT 1").then(
      () => true,
      () => false,
    );
  await waitLong("Postgres to accept connections", answers, container.logs);
  return { container, url: urlAt(name), connect, query };
}
