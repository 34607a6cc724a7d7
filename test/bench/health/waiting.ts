import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { freePort, startPostgres } from "../../harness/postgres.ts";
import { waitFor } from "../../harness/wait.ts";
import { runRounds, type Contender } from "../rounds.ts";
import { median, percentile } from "../statistics.ts";
import type { SuiteOptions } from "../suite.ts";
import { formatTable } from "../table.ts";
import { ownCommand, statusOf, stop } from "./servers.ts";

const containers = 50;
/** The interval while compatible: it decides how soon a container sees the next round. While behind, it is 500 ms. */
const intervalMs = 1000;

/**
 * From the commit of an upgrade's last migration until a waiting container's health turns 200, for many containers at
 * once. All of them and the database run on this machine. Targets for p99: under 100 ms with LISTEN; without it, under
 * one interval of 500 ms plus a fifth.
 */
export async function waiting(options: SuiteOptions) {
  const { quick, insideNamespace, shop } = options;
  const postgres = await startPostgres({ flags: ["track_commit_timestamp=on", "max_connections=300"] });
  const database = new Client({ connectionString: postgres.url });
  await database.connect();
  const running: ChildProcess[] = [];
  try {
    const folder = join(shop.newFolder(), "app");
    mkdirSync(join(folder, "migrations"), { recursive: true });
    for (const number of [1, 2]) {
      writeFileSync(join(folder, "migrations", `000${number}_table.sql`), `CREATE TABLE waiting_${number} (id int);\n`);
    }
    const own = ownCommand(insideNamespace);
    const environment = { ...shop.environment, DATABASE_URL: postgres.url, SEAWORTHY_LOG_FORMAT: "json" };
    const upgrade = () => {
      const { status, stderr } = spawnSync(
        own[0] ?? "",
        [...own.slice(1), "--config", config(folder, 0), "--upgrade"],
        {
          env: environment,
          encoding: "utf8",
        },
      );
      if (status !== 0) throw new Error(`--upgrade failed with ${status}:\n${stderr}`);
    };
    const row = (name: string, notifications: boolean): Contender => {
      let fleet: Fleet | undefined;
      return {
        name,
        async measure() {
          // Run one fleet at a time: the other would use CPU time.
          for (const child of running.splice(0)) await stop(child);
          await makeBehind(database);
          fleet = await startFleet({ own, folder, environment, notifications, running });
          const delays: number[] = [];
          for (let round = 0; round < (quick ? 1 : 4); round++) {
            await makeBehind(database);
            await fleet.until("behind");
            upgrade();
            await fleet.until("compatible");
            const commit = await commitTime(database);
            delays.push(...fleet.lastChanges().map((at) => at - commit));
            await fleet.assertHealthy();
          }
          return { delay: delays };
        },
      };
    };
    upgrade();
    const rows = [row("LISTEN", true), row("polling", false)];
    const results = await runRounds(rows, { title: "health: waiting containers", rounds: 1, warmUp: false });
    const title = `health: from the upgrade's last commit to 200 in ${containers} waiting containers, in ms`;
    const column = (titleOf: string, figure: (samples: readonly number[]) => number) => ({
      title: titleOf,
      measure: "delay",
      figure,
      decimals: 0,
    });
    return {
      results,
      table: formatTable(title, results, [
        column("samples", (samples) => samples.length),
        column("median", median),
        column("p99", (samples) => percentile(samples, 0.99)),
        column("longest", (samples) => Math.max(...samples)),
      ]),
    };
  } finally {
    for (const child of running) await stop(child);
    await database.end();
    await postgres.stop();
  }
}

/** Resets the database to the state before the last migration. */
async function makeBehind(database: Client): Promise<void> {
  await database.query(`DROP TABLE IF EXISTS waiting_2;
    DELETE FROM seaworthy.migrations WHERE name = '0002_table';
    UPDATE seaworthy.releases SET manifest = NULL`);
}

/** Milliseconds since 1970, by this machine's clock. */
async function commitTime(database: Client): Promise<number> {
  const { rows } = await database.query<{ at: string }>(
    "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000 AS at FROM seaworthy.migrations WHERE name = '0002_table'",
  );
  return Number(rows[0]?.at);
}

interface Fleet {
  /** Waits until every container's last verdict is this one. */
  readonly until: (verdict: string) => Promise<void>;
  /** The time of each container's last verdict change, from its log. */
  readonly lastChanges: () => readonly number[];
  readonly assertHealthy: () => Promise<void>;
}

interface Member {
  readonly url: string;
  verdict: string;
  at: number;
}

interface FleetOptions {
  readonly own: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly notifications: boolean;
  readonly running: ChildProcess[];
}

async function startFleet({ own, folder, environment, notifications, running }: FleetOptions): Promise<Fleet> {
  const members: Member[] = [];
  for (let index = 0; index < containers; index++) {
    const port = await freePort();
    const [file, ...parameters] = [...own, "--config", config(folder, port, notifications), "sleep", "infinity"];
    const child = spawn(file, parameters, { env: environment, stdio: ["ignore", "ignore", "pipe"] });
    running.push(child);
    const member: Member = { url: `http://127.0.0.1:${port}/health`, verdict: "", at: 0 };
    let rest = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { time, verdict } = JSON.parse(line) as { time: string; verdict?: string };
        if (verdict !== undefined) Object.assign(member, { verdict, at: Date.parse(time) });
      }
    });
    members.push(member);
    // Start them one by one. Fifty at once would take as long, and the start is not measured.
    await waitFor("a first verdict", () => member.verdict !== "");
  }
  return {
    until: async (verdict) =>
      void (await waitFor(`every container to be ${verdict}`, () =>
        members.every((member) => member.verdict === verdict),
      )),
    lastChanges: () => members.map(({ at }) => at),
    async assertHealthy() {
      const statuses = await Promise.all(members.map(({ url }) => statusOf(url)));
      if (statuses.some((status) => status !== 200))
        throw new Error(`not every container answers 200: ${statuses.join(", ")}`);
    },
  };
}

function config(folder: string, port: number, notifications = true): string {
  const path = join(folder, `seaworthy-${port}-${notifications}.json`);
  const schema = { kind: "schema", url: "${DATABASE_URL}", migrations: join(folder, "migrations"), intervalMs };
  const health = { listen: `127.0.0.1:${port}`, notifications };
  const settings = { app: { name: "waiting", version: "2.0.0" }, dependencies: { schema }, health };
  writeFileSync(path, JSON.stringify(settings));
  return path;
}
