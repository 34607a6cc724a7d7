import { accessSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "./postgres.ts";
import { pidOf } from "./proc.ts";
import { discard, endServer, spawnServer, startInFolder } from "./servers.ts";
import { waitFor } from "./wait.ts";

/** A server from Debian's packages, on loopback, with its own folder. */
export interface Service {
  readonly port: number;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** The reason to skip tests that need these programs, or false. CI skips nothing. */
export function lacking(...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => !isThere(program));
  return missing.length === 0 || process.env["CI"] ? false : `not installed: ${missing.join(", ")}`;
}

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

export const programs = {
  redis: "/usr/bin/redis-server",
  pgbouncer: "/usr/sbin/pgbouncer",
  openssl: "/usr/bin/openssl",
  chromium: "/usr/bin/chromium",
  ip: "/usr/sbin/ip",
} as const;

/** Starts Redis. `settings` as in redis.conf. */
export function startRedis(settings: Readonly<Record<string, string | number>> = {}): Promise<Service> {
  const all = { save: '""', appendonly: "no", bind: "127.0.0.1", ...settings };
  const flags = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  return startService("redis", (port) => [programs.redis, "--port", String(port), ...flags]);
}

export interface PooledDatabase {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Startup parameters that PgBouncer ignores. */
  readonly ignores?: string;
}

/** Starts PgBouncer in transaction mode in front of a Postgres. Clients use the same password. */
export function startPgBouncer({
  host,
  port: target,
  user,
  password,
  ignores = "extra_float_digits",
}: PooledDatabase): Promise<Service> {
  return startService("pgbouncer", (port, folder) => {
    writeFileSync(join(folder, "users"), `"${user}" "${password}"\n`);
    writeFileSync(
      join(folder, "ini"),
      `[databases]
* = host=${host} port=${target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(folder, "users")}
pool_mode = transaction
default_pool_size = 4
server_login_retry = 0.5
ignore_startup_parameters = ${ignores}
`,
    );
    // PgBouncer refuses to run as root.
    const asNobody = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
    return [...asNobody, programs.pgbouncer, join(folder, "ini")];
  });
}

function startService(name: string, commandAt: (port: number, folder: string) => readonly string[]): Promise<Service> {
  return startInFolder(name, async (folder) => {
    const port = await freePort();
    const stdio = ["ignore", "pipe", "pipe"] as const;
    const child = spawnServer(folder, commandAt(port, folder), { cwd: folder, stdio: [...stdio] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (output += text));
    await waitFor(`${name} to accept connections`, async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended while starting, with ${child.exitCode}:\n${output}`);
      return accepts(port);
    });
    const stop = async () => {
      await endServer(child, "SIGTERM");
      discard(folder);
    };
    return { port, pid: pidOf(child), stop };
  });
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Creates a folder that another user owns. */
export function folderFor(uid: number, path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chownSync(path, uid, uid);
  return path;
}
