import { spawnSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { freePort } from "./postgres.ts";
import { pidOf } from "./proc.ts";
import { discard, endServer, spawnServer, startInFolder } from "./servers.ts";
import { waitFor } from "./wait.ts";

/** A real MariaDB from Debian's mariadb-server, on loopback. */
export interface MariadbServer {
  /** URL of the database `shop`, for the superuser. */
  readonly url: string;
  readonly urlWith: (user: string, password: string) => string;
  readonly run: (sql: string) => Promise<void>;
  /** Runs as the superuser. */
  readonly query: (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Path of its unix socket. */
  readonly socket: string;
  readonly pid: number;
  /** The log so far. */
  readonly log: () => string;
  /** Kills it with SIGKILL, and starts it again on its data. */
  readonly crash: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const program = "/usr/sbin/mariadbd";

/** The reason why MariaDB cannot be started; undefined if it is installed. */
export function whyNoMariadb(): string | undefined {
  try {
    accessSync(program, constants.X_OK);
    return undefined;
  } catch {
    return `${program} is missing. Install Debian's package mariadb-server`;
  }
}

/** `flags` are mariadbd's own: `--ssl-cert=…`. */
export function startMariadb(flags: readonly string[] = []): Promise<MariadbServer> {
  return startInFolder("mariadb", (folder) => startIn(folder, flags));
}

async function startIn(folder: string, flags: readonly string[]): Promise<MariadbServer> {
  const data = join(folder, "data");
  const user = process.getuid?.() === 0 ? ["--user=mysql"] : [];
  if (user.length > 0) spawnSync("chown", ["mysql", folder]);
  const created = spawnSync("/usr/bin/mariadb-install-db", [
    ...user,
    "--no-defaults",
    `--datadir=${data}`,
    `--tmpdir=${folder}`,
    "--auth-root-authentication-method=normal",
  ]);
  if (created.status !== 0)
    throw new Error(`cannot create a MariaDB: ${created.error?.message ?? String(created.stderr)}`);
  const port = await freePort();
  const launch = () =>
    spawnServer(folder, [
      program,
      "--no-defaults",
      ...user,
      `--datadir=${data}`,
      `--tmpdir=${folder}`,
      `--socket=${join(folder, "socket")}`,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      `--pid-file=${join(folder, "pid")}`,
      `--log-error=${join(folder, "log.err")}`,
      "--log-warnings=2",
      ...flags,
    ]);
  const urlWith = (name: string, password: string) => `mysql://${name}:${password}@127.0.0.1:${port}/shop`;
  const url = urlWith("root", "");
  const socket = join(folder, "socket");
  // Uses the socket and closes cleanly, so these connections do not show in the server's counters.
  const ask = async (sql: string, database: string) => {
    const settings = { socketPath: socket, user: "root", database, multipleStatements: true };
    const connection = await createConnection(settings);
    const [rows] = await connection.query(sql);
    await connection.end();
    return rows as readonly Readonly<Record<string, unknown>>[];
  };
  let server = launch();
  const accepts = () =>
    waitFor("MariaDB to accept connections", () => {
      if (server.exitCode !== null) throw new Error(`MariaDB ended at its start with ${server.exitCode}`);
      return ask("CREATE DATABASE IF NOT EXISTS shop", "mysql").then(
        () => true,
        () => false,
      );
    });
  await accepts();
  return {
    url,
    urlWith,
    run: async (sql) => void (await ask(sql, "shop")),
    query: (sql) => ask(sql, "shop"),
    socket,
    get pid() {
      return pidOf(server);
    },
    log: () => readFileSync(join(folder, "log.err"), "utf8"),
    async crash() {
      await endServer(server, "SIGKILL");
      server = launch();
      await accepts();
    },
    stop: async () => {
      await endServer(server, "SIGTERM");
      discard(folder);
    },
  };
}
