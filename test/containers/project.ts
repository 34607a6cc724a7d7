import { randomBytes } from "node:crypto";
import { accessSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { containerOf, type EngineContainer } from "../harness/engine/containers.ts";
import { docker, tryOnHost, withoutEngine, type DockerEnd } from "../harness/engine/docker.ts";
import { freePort } from "../harness/postgres.ts";
import { scratchPath } from "../harness/scratch.ts";
import { commandsUnder } from "./readme.ts";
import { examples, type ShopImages } from "./shop.ts";

const composeProgram = "/usr/bin/docker-compose";

/** A Compose project: a copy of `examples/compose` with its own images and port. */
export interface Project {
  /** Runs the commands under a heading of the example's README, or some lines of them. */
  readonly follow: (heading: string, lines?: readonly [from: number, to?: number]) => Promise<DockerEnd>;
  readonly container: (service: string) => Promise<EngineContainer>;
  /** Asks the app. Returns its answer. */
  readonly ask: (path: string) => Promise<unknown>;
  readonly remove: () => Promise<void>;
}

/** The reason to skip tests with Compose, or false. */
export function withoutCompose(): string | false {
  if (process.env["CI"] || withoutEngine) return withoutEngine;
  try {
    accessSync(composeProgram);
    return false;
  } catch {
    return "not installed: apt-get install docker-compose";
  }
}

export async function createProject(shop: ShopImages): Promise<Project> {
  const name = `seaworthy-test-${randomBytes(4).toString("hex")}`;
  const folder = scratchPath(name);
  cpSync(join(examples, "compose"), folder, { recursive: true });
  const port = await freePort();
  const environment = { COMPOSE_PROJECT_NAME: name, POSTGRES_IMAGE: shop.postgres, SHOP_PORT: String(port) };

  function run(script: string): Promise<DockerEnd> {
    // Some image names are in a sed command, between slashes.
    const ours = script
      .replaceAll(/(?<=\/.*)shop:(\d\.0\.0)(?=\/)/g, (_, version) => shop.release(version).replaceAll("/", "\\/"))
      .replaceAll(/shop:(\d\.0\.0)/g, (_, version) => shop.release(version));
    // Debian has docker-compose 1.29, which is not a subcommand of `docker`.
    const dockerFunction = `docker() { shift; ${composeProgram} "$@"; }`;
    return tryOnHost(["sh", "-euc", `${dockerFunction}\n${ours}`], { workingDirectory: folder, environment });
  }

  return {
    follow(heading, lines = [0]) {
      const commands = commandsUnder(heading, join(folder, "README.md")).split("\n");
      return run(commands.slice(...lines).join("\n"));
    },
    async container(service) {
      const labels = { project: name, service, oneoff: "False" };
      const filters = Object.entries(labels).map(([key, value]) => `--filter=label=com.docker.compose.${key}=${value}`);
      return containerOf(await docker(["ps", "--all", "--quiet", ...filters]));
    },
    async ask(path) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: "close" } });
      return response.json();
    },
    async remove() {
      const { code, stderr } = await run("docker compose down --volumes --timeout 1");
      rmSync(folder, { recursive: true });
      if (code !== 0) throw new Error(stderr);
    },
  };
}
