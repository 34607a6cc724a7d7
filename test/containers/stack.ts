import { randomBytes } from "node:crypto";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { containerOf, type EngineContainer } from "../harness/engine/containers.ts";
import { docker, tryDocker, tryOnHost, type DockerEnd } from "../harness/engine/docker.ts";
import { waitLong } from "../harness/engine/patience.ts";
import { freePort } from "../harness/postgres.ts";
import { scratchPath } from "../harness/scratch.ts";
import { commandsUnder } from "./readme.ts";
import { examples, type ShopImages } from "./shop.ts";

/** A stack in the swarm: a copy of `examples/swarm` with its own images and port. */
export interface Stack {
  readonly name: string;
  /** The app's address for customers. */
  readonly origin: string;
  /** Runs the commands under a heading of the example's README, or some lines of them. */
  readonly follow: (heading: string, lines?: readonly [from: number, to?: number]) => Promise<DockerEnd>;
  /** Runs other commands, in the same way. */
  readonly run: (commands: string) => Promise<DockerEnd>;
  /** The running containers of a service, optionally only those of an image. */
  readonly containers: (service: string, image?: string) => Promise<readonly EngineContainer[]>;
  /** Lines of `docker service ps`. */
  readonly tasks: (service: string) => Promise<readonly string[]>;
  /** Runs SQL in the database. Returns psql's output. */
  readonly query: (...sql: readonly string[]) => Promise<string>;
  readonly remove: () => Promise<void>;
}

const password = "swarm-secret";

export async function createStack(shop: ShopImages, nginx: string): Promise<Stack> {
  const name = `seaworthy-${randomBytes(4).toString("hex")}`;
  const folder = scratchPath(name);
  cpSync(join(examples, "swarm"), folder, { recursive: true });
  const port = await freePort();
  const environment = {
    STACK: name,
    NGINX_IMAGE: nginx,
    POSTGRES_IMAGE: shop.postgres,
    SHOP_PORT: String(port),
    // Shorter than in the example, which is for busy machines.
    SHOP_HEALTH_INTERVAL: "1s",
    SHOP_MONITOR: "2s",
  };
  await docker(["secret", "create", `${name}_database_password`, "-"], { input: password });

  function run(commands: string): Promise<DockerEnd> {
    const ours = commands
      .replaceAll(/shop:(\d\.0\.0)/g, (_, version) => shop.release(version))
      .replaceAll(/\bshop(?=_| |$)/gm, name);
    return tryOnHost(["sh", "-euc", ours], { workingDirectory: folder, environment });
  }

  async function containers(service: string, image?: string): Promise<readonly EngineContainer[]> {
    const filter = `--filter=label=com.docker.swarm.service.name=${name}_${service}`;
    const listed = await docker(["ps", "--no-trunc", "--format={{.ID}} {{.Image}}", filter]);
    const rows = listed.split("\n").map((line) => line.split(" "));
    return rows.flatMap(([id, of = ""]) => (id && (!image || of.startsWith(image)) ? [containerOf(id)] : []));
  }

  const stack: Stack = {
    name,
    run,
    containers,
    origin: `http://127.0.0.1:${port}`,
    follow(heading, lines = [0]) {
      const commands = commandsUnder(heading, join(folder, "README.md")).split("\n");
      return run(commands.slice(...lines).join("\n"));
    },
    async tasks(service) {
      const format = "--format={{.Name}} {{.Image}} {{.DesiredState}} {{.CurrentState}} {{.Error}}";
      return (await docker(["service", "ps", "--no-trunc", format, `${name}_${service}`])).split("\n");
    },
    async query(...sql) {
      const [database] = await containers("db");
      if (database === undefined) throw new Error("the database is not running");
      const psql = ["psql", "--tuples-only", "--no-align", "--quiet", "--single-transaction"];
      const commands = sql.flatMap((text) => ["--command", text]);
      const url = `postgres://shop:${password}@127.0.0.1/shop`;
      const { code, stdout, stderr } = await database.exec(...psql, ...commands, url);
      if (code !== 0) throw new Error(stderr);
      return stdout.trim();
    },
    async remove() {
      const jobs = await list(["service", "ls", `--filter=name=${name}_upgrade`]);
      // The first line removes the job. If a test failed early, there is no job.
      const { code, stderr } = await stack.follow("Remove it", [jobs.length > 0 ? 0 : 1]);
      if (code !== 0) throw new Error(stderr);
      rmSync(folder, { recursive: true });
      await waitLong(`the end of the stack ${name}`, async () => {
        const ended = await list(["ps", "--all", `--filter=name=^${name}_`, "--filter=status=exited"]);
        if (ended.length > 0) await tryDocker(["rm", "--volumes", ...ended]);
        const containers = await list(["ps", "--all", `--filter=name=^${name}_`]);
        const networks = await list(["network", "ls", `--filter=name=^${name}_`]);
        return containers.length === 0 && networks.length === 0;
      });
    },
  };
  return stack;
}

async function list(parameters: readonly string[]): Promise<readonly string[]> {
  return (await docker([...parameters, "--quiet"])).split("\n").filter((id) => id !== "");
}
