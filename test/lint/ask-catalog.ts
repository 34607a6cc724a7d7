import { openCatalog, type Catalog } from "../../src/lint/catalog/catalog.ts";
import { createLinter } from "../../src/lint/lint.ts";
import { startServer, type Server } from "./server.ts";

const more = `
CREATE SCHEMA app;
CREATE TABLE app.jobs (id int, "Odd Name" int);
CREATE TABLE "Big" (id int);
CREATE TABLE big (id int, doomed int);
CREATE TABLE archive.settings (old int);
CREATE EXTENSION IF NOT EXISTS plpgsql;
`;

/** A server with the shop's tables, and more that share their names. */
export async function startShop(): Promise<Server> {
  const server = await startServer();
  await server.client.query(more);
  return server;
}

interface Asked {
  readonly catalog: Catalog;
  /** The queries sent to the server. */
  readonly queries: readonly string[];
}

export async function ask({ client }: Server, ownTables: readonly string[] = []): Promise<Asked> {
  const queries: string[] = [];
  const query = async (sql: string) => {
    queries.push(sql);
    const results = (await client.query(sql)) as unknown as readonly { readonly rows: Record<string, unknown>[] }[];
    return results.at(-1)?.rows ?? [];
  };
  const catalog = await openCatalog({ query, literal: (text) => client.escapeLiteral(text) }, ownTables);
  return { catalog, queries };
}

/** The rules that find each migration of one upgrade, with a fresh catalogue. */
export async function rulesFor(
  server: Server,
  ...migrations: readonly string[]
): Promise<readonly (readonly string[])[]> {
  const { catalog } = await ask(server);
  const lint = createLinter({ serverVersion: 18, catalog });
  const found: (readonly string[])[] = [];
  for (const sql of migrations) found.push((await lint([{ sql }])).flat().map(({ rule }) => rule));
  return found;
}

export const rulesForOne = async (server: Server, sql: string) => (await rulesFor(server, sql))[0];
