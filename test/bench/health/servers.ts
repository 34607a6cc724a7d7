import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../harness/postgres.ts";
import { waitFor } from "../../harness/wait.ts";
import { inPath, install } from "../peers.ts";
import { bundlePath, programPath } from "../programs.ts";
import type { Shop } from "../shop.ts";

/** A server that answers health checks over HTTP. */
export interface HealthServer {
  readonly name: string;
  readonly leftOut?: string | undefined;
  /** Starts the server on that port, and returns the path that answers 200. */
  readonly command: (port: number, folder: string) => readonly string[];
  readonly environment?: (port: number) => Readonly<Record<string, string>>;
  readonly path: string;
}

export interface RunningServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** seaworthy as a self-contained program if this machine can run it, otherwise as a bundle. */
export function ownCommand(insideNamespace: boolean): readonly string[] {
  return insideNamespace ? [programPath] : [process.execPath, bundlePath];
}

export const base = "nginx return 200";

export async function listServers(shop: Shop, insideNamespace: boolean): Promise<readonly HealthServer[]> {
  const fetched = await fetchPeers(shop.newFolder());
  const script = (name: string, source: string): HealthServer => ({
    name,
    path: "/health",
    leftOut: "leftOut" in fetched ? fetched.leftOut : undefined,
    command: (port) => {
      const file = join("folder" in fetched ? fetched.folder : "", `${name}.mjs`);
      writeFileSync(file, source.replace("PORT", String(port)));
      return [process.execPath, file];
    },
  });
  return [
    {
      name: "seaworthy",
      path: "/health",
      command: () => [...ownCommand(insideNamespace), "sleep", "infinity"],
      environment: (port) => ({ SEAWORTHY_HEALTH_LISTEN: `127.0.0.1:${port}` }),
    },
    script("lightship", lightship),
    script("terminus", terminus),
    {
      name: base,
      path: "/health",
      leftOut: inPath("nginx") ? undefined : install("nginx-light"),
      command: (port, folder) => ["nginx", "-p", folder, "-e", "stderr", "-c", nginxConfiguration(port, folder)],
    },
  ];
}

export async function startServer(server: HealthServer, shop: Shop): Promise<RunningServer> {
  const port = await freePort();
  const folder = shop.newFolder();
  const [file = "", ...parameters] = server.command(port, folder);
  const env = { ...shop.environment, ...server.environment?.(port) };
  const child = spawn(file, parameters, { cwd: shop.folder, env, stdio: "ignore", detached: true });
  const url = `http://127.0.0.1:${port}${server.path}`;
  await waitFor(`${server.name} to answer 200`, async () => {
    if (child.exitCode !== null) throw new Error(`${server.name} exited with ${child.exitCode} at its start`);
    return (await statusOf(url)) === 200;
  });
  return { url, stop: () => stop(child) };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

export function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once("error", () => resolve(undefined));
  });
}

/** Installs the peers into the bench's own folder. They are not dependencies. */
async function fetchPeers(folder: string): Promise<{ readonly folder: string } | { readonly leftOut: string }> {
  const flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--no-save", "--fetch-retries=1"];
  const names = ["lightship", "@godaddy/terminus"];
  try {
    const options = { cwd: folder, timeout: 120_000 };
    await promisify(execFile)("npm", ["install", "--prefix", folder, ...flags, ...names], options);
    return { folder };
  } catch (error) {
    const reason = /npm error code (\S+)/.exec(String(error))?.[1] ?? "npm failed";
    return { leftOut: `left out: cannot fetch it from npm (${reason})` };
  }
}

const lightship = `
import { createLightship } from "lightship";
const server = await createLightship({ port: PORT, detectKubernetes: false });
server.signalReady();
`;

const terminus = `
import { createServer } from "node:http";
import terminus from "@godaddy/terminus";
const server = createServer((_, response) => response.end());
terminus.createTerminus(server, { healthChecks: { "/health": async () => ({ database: "up" }) } });
server.listen(PORT, "127.0.0.1");
`;

function nginxConfiguration(port: number, folder: string): string {
  const path = join(folder, "nginx.conf");
  mkdirSync(join(folder, "tmp"));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/tmp/${name};`,
  );
  writeFileSync(
    path,
    `daemon off; master_process off; pid ${folder}/pid;
events { worker_connections 2048; }
http { access_log off; keepalive_requests 100000000; ${temporary.join(" ")}
  server { listen 127.0.0.1:${port}; location /health { default_type application/health+json; return 200 '{"status":"pass"}'; } } }
`,
  );
  return path;
}
