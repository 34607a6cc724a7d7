import { spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chownSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { freePort } from "./postgres.ts";
import { pidOf, treeOf } from "./proc.ts";
import { discard, spawnServer, startInFolder } from "./servers.ts";
import { waitFor } from "./wait.ts";

/** A Postgres from Debian's packages. Tests can stop, break and restart it with the same port and data. */
export interface Cluster {
  readonly port: number;
  /** Writes a file into the data folder. Only the server can read it. */
  readonly write: (name: string, text: string) => void;
  /** URL of the database `shop` for the app's role, which is not a superuser. */
  readonly url: string;
  readonly urlAt: (host: string, port?: number) => string;
  /** Runs SQL as the superuser in the database `shop`. */
  readonly query: (sql: string) => Promise<readonly Record<string, unknown>[]>;
  readonly start: () => Promise<void>;
  /** The server's pid. Throws if it was not started. */
  readonly pid: () => number;
  /** Fast shutdown: ends all sessions. */
  readonly shutDown: () => Promise<void>;
  /** Sends SIGKILL to the server and all its processes, like a power failure. */
  readonly kill: () => Promise<void>;
  /** Sends a signal to the server and all its processes. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Creates a standby that replicates this cluster. */
  readonly createStandby: () => Promise<Cluster>;
  readonly remove: () => Promise<void>;
}

const installed = "/usr/lib/postgresql";
export const appPassword = "app-secret-0123";
const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

function newest(): string | undefined {
  try {
    return readdirSync(installed)
      .toSorted((a, b) => Number(a) - Number(b))
      .at(-1);
  } catch {
    return undefined;
  }
}

/** The reason to skip, or false if Postgres is installed. CI skips nothing. */
export const withoutCluster: string | false =
  newest() !== undefined || process.env["CI"] ? false : "not installed: apt-get install postgresql";

export function bin(program: string): string {
  return join(installed, newest() ?? "", "bin", program);
}

/** Creates a cluster with the role `shop` and its database. `settings` as in postgresql.conf. */
export function createCluster(settings: Readonly<Record<string, string | number>> = {}): Promise<Cluster> {
  return startInFolder("cluster", (folder) => createIn(folder, settings));
}

async function createIn(folder: string, settings: Readonly<Record<string, string | number>>): Promise<Cluster> {
  prepare(folder);
  const flags = ["--username=postgres", "--auth=scram-sha-256", "--no-sync", "--locale=C", "--encoding=UTF8"];
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, appPassword, { mode: 0o644 });
  run("initdb", ["-D", join(folder, "data"), ...flags, `--pwfile=${passwordFile}`], folder);
  const hba = "host all all samenet scram-sha-256\nhost replication all 127.0.0.1/32 scram-sha-256\n";
  appendFileSync(join(folder, "data/pg_hba.conf"), hba);
  const cluster = await openCluster(folder, settings);
  await cluster.start();
  await cluster.query(`CREATE ROLE shop LOGIN PASSWORD '${appPassword}'`);
  await cluster.query("CREATE DATABASE shop OWNER shop");
  return cluster;
}

async function openCluster(folder: string, settings: Readonly<Record<string, string | number>>): Promise<Cluster> {
  const data = join(folder, "data");
  const port = await freePort();
  const all = {
    listen_addresses: "127.0.0.1",
    fsync: "off",
    unix_socket_directories: "",
    max_connections: 30,
    ...settings,
  };
  let server: ChildProcess | undefined;
  const url = (user: string, database: string, host: string, at = port) =>
    `postgres://${user}:${appPassword}@${host}:${at}/${database}`;
  const ask = async (database: string, sql: string) => {
    const client = new Client({
      connectionString: url("postgres", database, "127.0.0.1"),
      application_name: "the test",
    });
    client.on("error", () => {});
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const signal = (name: NodeJS.Signals) => {
    if (server === undefined) return;
    for (const { pid } of treeOf(pidOf(server))) {
      try {
        process.kill(pid, name);
      } catch {
        // It has already ended.
      }
    }
  };
  const end = async (how: () => void) => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    server.ref();
    const ended = once(server, "exit");
    how();
    await ended;
  };
  const cluster: Cluster = {
    port,
    write(name, text) {
      const path = join(data, name);
      writeFileSync(path, text, { mode: 0o600 });
      if (identity.uid !== undefined) chownSync(path, identity.uid, identity.gid);
    },
    url: url("shop", "shop", "127.0.0.1"),
    urlAt: (host, at) => url("shop", "shop", host, at),
    query: async (sql) => (await ask(/^CREATE (ROLE|DATABASE)/.test(sql) ? "postgres" : "shop", sql)).rows,
    async start() {
      const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
      const command = [bin("postgres"), "-D", data, "-p", String(port), ...flags];
      const started = spawnServer(folder, command, identity);
      server = started;
      await waitFor("Postgres to accept connections", () => {
        if (started.exitCode !== null) throw new Error(`Postgres ended while starting, with ${started.exitCode}`);
        return ask("postgres", "SELECT 1").then(
          () => true,
          () => false,
        );
      });
    },
    pid: () => pidOf(server ?? { pid: undefined, spawnfile: "postgres" }),
    signal,
    shutDown: () => end(() => server?.kill("SIGINT")),
    kill: () => end(() => signal("SIGKILL")),
    createStandby: () =>
      startInFolder("cluster", async (standby) => {
        prepare(standby);
        const from = ["-h", "127.0.0.1", "-p", String(port), "-U", "postgres", "--checkpoint=fast", "--no-sync"];
        run("pg_basebackup", ["-D", join(standby, "data"), "-R", ...from], standby);
        const opened = await openCluster(standby, settings);
        await opened.start();
        return opened;
      }),
    async remove() {
      await end(() => signal("SIGKILL"));
      discard(folder);
    },
  };
  return cluster;
}

function prepare(folder: string): void {
  mkdirSync(join(folder, "data"), { mode: 0o700 });
  if (identity.uid !== undefined) chownSync(join(folder, "data"), identity.uid, identity.gid);
}

function run(program: string, parameters: readonly string[], folder: string): void {
  const env = { PGPASSWORD: appPassword, LC_ALL: "C" };
  const { status, error, stderr } = spawnSync(bin(program), parameters, { ...identity, cwd: folder, env });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? String(stderr)}`);
}
