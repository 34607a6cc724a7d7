import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ExitCode, Failure } from "../../src/kernel/failure.ts";
import { promises as mysql } from "../../src/ledger/mysql/promises.ts";
import { promises as postgres } from "../../src/ledger/postgres/promises.ts";
import type { Promises } from "../../src/ledger/promises.ts";
import { promises as sqlite } from "../../src/ledger/sqlite/promises.ts";

/** A database on which the story plays. */
export interface Database {
  readonly title: string;
  /** What it is, for a sentence that has its article. */
  readonly noun: string;
  /** A folder with the files in which an image differs from the one for Postgres. */
  readonly files?: string;
  /** The error of a query for the column `stock` that does not exist. */
  readonly noStock: RegExp;
  readonly promises: Promises;
  /** Why this machine cannot run it. Undefined if it can. */
  readonly whyMissing?: () => Promise<string | undefined>;
  /** Starts an empty database, which keeps its data in the story's folder. */
  readonly start: (folder: string) => Promise<RunningDatabase>;
}

export interface RunningDatabase {
  readonly url: string;
  /** Where it listens. Undefined for a file. */
  readonly server?: ServerAddress;
  readonly stop: () => Promise<void>;
}

export interface ServerAddress {
  readonly hostname: string;
  readonly port: number;
}

const onServer = (server: { readonly url: string; readonly stop: () => Promise<void> }): RunningDatabase => {
  const { hostname, port } = new URL(server.url);
  return { url: server.url, stop: server.stop, server: { hostname, port: Number(port) } };
};

/** By the values of `--database`. */
export const databases: Readonly<Record<"postgres" | "mariadb" | "sqlite", Database>> = {
  postgres: {
    title: "Postgres",
    noun: "Postgres",
    noStock: /^column "stock" does not exist$/,
    promises: postgres,
    start: async () => onServer(await (await import("../../test/harness/postgres.ts")).startPostgres()),
  },
  mariadb: {
    title: "MariaDB",
    noun: "MariaDB",
    files: "mariadb",
    noStock: /^Unknown column 'stock' in /,
    promises: mysql,
    whyMissing: async () => (await import("../../test/harness/mariadb-server.ts")).whyNoMariadb(),
    start: async () => onServer(await (await import("../../test/harness/mariadb-server.ts")).startMariadb()),
  },
  sqlite: {
    title: "SQLite",
    noun: "SQLite database",
    files: "sqlite",
    noStock: /^no such column: stock$/,
    promises: sqlite,
    start: async (folder) => ({
      url: `sqlite:${pathToFileURL(join(folder, "shop.db")).pathname}`,
      stop: async () => {},
    }),
  },
};

/** Throws if this machine lacks the database's programs. */
export async function checkInstalled({ title, whyMissing }: Database): Promise<void> {
  const why = await whyMissing?.();
  if (why !== undefined) throw new Failure(ExitCode.unreachable, `cannot play the story on ${title}: ${why}.`);
}
