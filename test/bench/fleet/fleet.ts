import { fork, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { withoutCluster } from "../../harness/cluster.ts";
import { lacksMariadb } from "../../harness/mariadb.ts";
import { bundlePath } from "../programs.ts";
import type { Result } from "../rounds.ts";
import { percentile } from "../statistics.ts";
import type { SuiteOptions } from "../suite.ts";
import { startApp, type AppLoad } from "./app-load.ts";
import { openMariadb, openPostgres, type FleetServer } from "./engines.ts";
import { measure, without, type Reading } from "./meter.ts";
import { formatFleet, type FleetFigures } from "./report.ts";
import type { StatusChange } from "./worker.ts";

/** How long each phase takes, and with how many instances. */
interface Plan {
  readonly instances: number;
  readonly spreadSeconds: number;
  readonly baseSeconds: number;
  readonly waitingSeconds: number;
  /** Until looks are as rare as they become. */
  readonly settlingSeconds: number;
  readonly idleSeconds: number;
}

const full: Plan = {
  instances: 1000,
  spreadSeconds: 15,
  baseSeconds: 8,
  waitingSeconds: 8,
  settlingSeconds: 60,
  idleSeconds: 30,
};
const quickly: Plan = {
  ...full,
  instances: 100,
  spreadSeconds: 3,
  baseSeconds: 4,
  waitingSeconds: 4,
  settlingSeconds: 10,
  idleSeconds: 8,
};
const processes = 4;
/** For all instances to look once, and for all to be healthy after the upgrade. */
const longestMs = 120_000;

/** What a fleet costs its database: while it waits for an upgrade, at its end, and idle. */
export async function fleet({ shop, quick }: SuiteOptions) {
  const plan = quick ? quickly : full;
  const engines = [
    ["Postgres", withoutCluster === false ? undefined : withoutCluster, openPostgres],
    ["MariaDB", lacksMariadb(), openMariadb],
  ] as const;
  const results: Result[] = [];
  const tables: string[] = [];
  for (const [name, lacks, open] of engines) {
    const say = (what: string) => console.error(`fleet: ${name}: ${what}`);
    const row = { name: `fleet on ${name}`, leftOut: lacks, notes: {}, samples: new Map<string, number[]>() };
    if (lacks !== undefined) {
      results.push({ ...row, failure: undefined });
      continue;
    }
    try {
      const server = await open();
      try {
        const figures = await measureFleet(server, plan, { folder: shop.newFolder(), say });
        tables.push(formatFleet(name, plan.instances, figures));
        results.push({ ...row, failure: undefined });
      } finally {
        await server.stop();
      }
    } catch (error) {
      results.push({ ...row, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  return { results, tables };
}

interface Place {
  readonly folder: string;
  readonly say: (what: string) => void;
}

async function measureFleet(server: FleetServer, plan: Plan, { folder, say }: Place): Promise<FleetFigures> {
  const older = writeImage(folder, server.url, "1.0.0", 1);
  const newer = writeImage(folder, server.url, "2.0.0", 2);
  upgrade(older);
  const app = await startApp(server);
  const workers: ChildProcess[] = [];
  try {
    say(`the app alone, ${plan.baseSeconds} s`);
    const base = await measure(server, app, after(plan.baseSeconds));
    say(`starting ${plan.instances} instances that wait for an upgrade, ${plan.spreadSeconds} s`);
    const members = startMembers(newer, plan, workers);
    await until("every instance to look", () => members.size === plan.instances);
    say(`they wait, ${plan.waitingSeconds} s`);
    const waiting = await measure(server, app, after(plan.waitingSeconds));
    say("the upgrade");
    upgrade(newer);
    const appliedAt = await server.appliedAt("0002_table");
    const isHealthy = () => [...members.values()].every(({ status }) => status === "pass");
    const wakeUp = await measure(server, app, (passedMs) => passedMs > longestMs || (passedMs > 2000 && isHealthy()));
    const delaysMs = Array.from(members.values(), ({ status, at }) =>
      status === "pass" ? Math.max(0, at - appliedAt) : Number.POSITIVE_INFINITY,
    );
    say(
      `p50 ${percentile(delaysMs, 0.5).toFixed(0)} ms, p99 ${percentile(delaysMs, 0.99).toFixed(0)} ms; settling, ${plan.settlingSeconds} s`,
    );
    await delay(plan.settlingSeconds * 1000);
    say(`idle, ${plan.idleSeconds} s`);
    const idle = await measure(server, app, after(plan.idleSeconds));
    return { ...subtract({ waiting, wakeUp, idle }, base), delaysMs, ...finish(app) };
  } finally {
    for (const worker of workers) worker.kill("SIGKILL");
    await app.stop();
  }
}

const finish = (app: AppLoad) => ({ appOpened: app.opened(), appRefused: app.refused() });

function subtract<K extends string>(readings: Readonly<Record<K, Reading>>, base: Reading): Record<K, Reading> {
  const entries = Object.entries<Reading>(readings).map(([name, reading]) => [name, without(reading, base)] as const);
  return Object.fromEntries(entries) as Record<K, Reading>;
}

const after = (seconds: number) => (passedMs: number) => passedMs >= seconds * 1000;

function writeImage(folder: string, url: string, version: string, migrations: number): string {
  const image = join(folder, version);
  mkdirSync(join(image, "migrations"), { recursive: true });
  for (let number = 1; number <= migrations; number++)
    writeFileSync(join(image, `migrations/000${number}_table.sql`), `CREATE TABLE fleet_${number} (id int);\n`);
  const path = join(image, "seaworthy.json");
  const schema = { kind: "schema", url, migrations: join(image, "migrations") };
  writeFileSync(path, JSON.stringify({ app: { name: "fleet", version }, dependencies: { schema } }));
  return path;
}

function upgrade(configPath: string): void {
  const argv = [bundlePath, "--config", configPath, "--upgrade"];
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8" });
  if (status !== 0) throw new Error(`--upgrade failed with ${status}:\n${stderr}`);
}

/** Starts the workers. Returns the last status of each instance that has looked. */
function startMembers(
  configPath: string,
  { instances, spreadSeconds }: Plan,
  workers: ChildProcess[],
): ReadonlyMap<string, StatusChange> {
  const members = new Map<string, StatusChange>();
  for (let worker = 0; worker < processes; worker++) {
    const argv = [configPath, String(instances / processes), String(spreadSeconds * 1000)];
    const child = fork(join(import.meta.dirname, "worker.ts"), argv, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    workers.push(child);
    child.on("message", (change: StatusChange) => members.set(`${worker}:${change.instance}`, change));
  }
  return members;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + longestMs;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited ${longestMs / 1000} s for ${what}`);
    await delay(50);
  }
}
