import { spawnSync } from "node:child_process";
import { accessSync } from "node:fs";
import { join } from "node:path";
import { createConnection } from "mysql2/promise";
import { freePort } from "../../harness/postgres.ts";
import { discard, endServer, spawnServer, startInFolder } from "../../harness/servers.ts";
import { waitFor } from "../../harness/wait.ts";

/** A real MariaDB from Debian's mariadb-server, on loopback. */
export interface MariadbServer {
  /** URL of the database `shop`, as its superuser. */
  readonly url: string;
  readonly urlWith: (user: string, password: string) => string;
  readonly run: (sql: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const program = "/usr/sbin/mariadbd";

/** Why there is none; undefined where there is. In CI a test that lacks it fails. */
export function lacksMariadb(): string | undefined {
  try {
    accessSync(program);
    return undefined;
  } catch {
    return process.env["CI"] === undefined ? "mariadb-server is not installed" : undefined;
  }
}

export function startMariadb(): Promise<MariadbServer> {
  return startInFolder("mariadb", startIn);
}

async function startIn(folder: string): Promise<MariadbServer> {
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
  const server = spawnServer(folder, [
    program,
    "--no-defaults",
    ...user,
    `--datadir=${data}`,
    `--tmpdir=${folder}`,
    `--socket=${join(folder, "socket")}`,
    `--port=${port}`,
    "--bind-address=127.0.0.1",
    `--pid-file=${join(folder, "pid")}`,
  ]);
  const urlWith = (name: string, password: string) => `mysql://${name}:${password}@127.0.0.1:${port}/shop`;
  const url = urlWith("root", "");
  const run = async (sql: string, target = url) => {
    const connection = await createConnection({ uri: target, multipleStatements: true });
    await connection.query(sql).finally(() => connection.destroy());
  };
  await waitFor("MariaDB to accept connections", () => {
    if (server.exitCode !== null) throw new Error(`MariaDB ended at its start with ${server.exitCode}`);
    return run("CREATE DATABASE IF NOT EXISTS shop", url.replace(/shop$/, "mysql")).then(
      () => true,
      () => false,
    );
  });
  return {
    url,
    urlWith,
    run,
    stop: async () => {
      await endServer(server, "SIGTERM");
      discard(folder);
    },
  };
}
