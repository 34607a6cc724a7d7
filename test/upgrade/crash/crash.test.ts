/**
 * The crash matrix. Each run interrupts upgrades of forty migrations at random moments, then runs one without interruption.
 * The database must equal that of an upgrade that was never interrupted. The seed, which the output names, decides all random
 * choices. Use it to repeat a single run:
 *
 *   npm run build && SEAWORTHY_CRASH_RUNS=300 node --test --test-global-setup=test/harness/global-setup.ts \
 *     test/upgrade/crash/crash.test.ts
 *   SEAWORTHY_CRASH_SEED=12345 SEAWORTHY_CRASH_RUNS=1 node --test …
 */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { startPostgres, type PostgresServer } from "../../harness/postgres.ts";
import { serverUrl } from "../../harness/database.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { crashMigrations } from "./migrations.ts";
import { kinds, planRun } from "./plan.ts";
import { runInterrupted, runUndisturbed, type AttemptReport, type Reference } from "./run.ts";
import { crashServer, type CrashServer } from "./server.ts";

const runs = Number(process.env["SEAWORTHY_CRASH_RUNS"] ?? 25);
const firstSeed = Number(process.env["SEAWORTHY_CRASH_SEED"] ?? Math.floor(Math.random() * 1e6));
const migrations = crashMigrations();
/** The start, two hooks, and the migrations. */
const stepCount = Object.keys(migrations).length + 3;

suite(`${runs} interrupted upgrades from seed ${firstSeed} on`, { concurrency: 3 }, () => {
  const folder = scratchPath("image");
  const reports: AttemptReport[] = [];
  let ownServer: PostgresServer;
  let reference: Reference;
  /** One run at a time may use the server that is killed. */
  let ownServerIsFree: Promise<unknown> = Promise.resolve();

  before(async () => {
    writeImage(folder);
    ownServer = await startPostgres({ flags: ["fsync=on", "full_page_writes=on"] });
    reference = await onFreshDatabase(await sharedServer(), "reference", (options) => runUndisturbed(options));
    assert.equal(reference.steps.length, stepCount);
    assert.equal(reference.state.history.length, Object.keys(migrations).length);
  });
  after(async () => {
    await ownServer?.stop();
    console.log(summarise(reports));
  });

  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const plan = planRun(seed, stepCount);
    const killsPostgres = plan.some(({ kind }) => kind === "kill Postgres");
    const title = plan.map(({ kind, step, overlaps }) => `${kind} in step ${step}${overlaps ? ", overlapping" : ""}`);
    test(`seed ${seed}: ${title.join("; then ")}`, async () => {
      const run = async (server: CrashServer) =>
        onFreshDatabase(server, `crash_${seed}`, (options) => runInterrupted(plan, reference, { ...options }));
      if (!killsPostgres) return void reports.push(...(await run(await sharedServer())));
      const mine = ownServerIsFree.then(() => run(crashServer(ownServer.url)));
      ownServerIsFree = mine.catch(() => {});
      reports.push(...(await mine));
    });
  }

  async function onFreshDatabase<T>(
    server: CrashServer,
    name: string,
    work: (options: { readonly server: CrashServer; readonly folder: string; readonly database: string }) => Promise<T>,
  ): Promise<T> {
    const database = `${name}_${process.pid}`;
    await server.use("postgres", (client) => client.query(`CREATE DATABASE ${database}`));
    try {
      return await work({ server, folder, database });
    } finally {
      await server.use("postgres", (client) => client.query(`DROP DATABASE ${database} WITH (FORCE)`));
    }
  }
});

async function sharedServer(): Promise<CrashServer> {
  return crashServer(await serverUrl());
}

function writeImage(folder: string): void {
  mkdirSync(join(folder, "migrations"), { recursive: true });
  for (const [file, text] of Object.entries(migrations)) writeFileSync(join(folder, "migrations", file), text);
  const hook = (word: string) => ["sh", "-c", `echo ${word} >> "$HOOK_FILE"; sleep 0.05`];
  const settings = {
    app: { name: "crash", version: "1.0.0" },
    dependencies: { schema: { kind: "schema", url: "${DATABASE_URL}" } },
    upgrade: { before: [hook("before")], after: [hook("after")] },
    health: false,
  };
  writeFileSync(join(folder, "seaworthy.json"), JSON.stringify(settings));
}

/** One line per kind: how many interrupted upgrades there were, and how they ended. */
function summarise(reports: readonly AttemptReport[]): string {
  const lines = kinds.map((kind) => {
    const ofKind = reports.filter((report) => report.kind === kind);
    const codes = ofKind.map(({ code }) => String(code));
    const counts = [...new Set(codes)]
      .toSorted()
      .map((code) => `${code} ×${codes.filter((one) => one === code).length}`);
    return `  ${kind}: ${codes.length}, of which ${ofKind.filter(({ struck }) => struck).length} struck (${counts.join(", ")})`;
  });
  const freed = reports.flatMap(({ freedAfter }) => freedAfter ?? []);
  const times = (which: "lockMs" | "sessionsMs") => {
    const sorted = freed.map((report) => report[which]).toSorted((a, b) => a - b);
    const [middle = 0, last = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
    return `within ${last.toFixed(0)} ms (median ${middle.toFixed(0)} ms)`;
  };
  return [
    `${reports.length} interrupted upgrades, by how they ended:`,
    ...lines,
    `  after ${freed.length} SIGKILLs the lock was free ${times("lockMs")}, all sessions gone ${times("sessionsMs")}`,
  ].join("\n");
}
