/**
 * The crash matrix on MariaDB, as ../crash.test.ts on Postgres: each run interrupts upgrades of forty migrations at random
 * moments, then runs one without interruption. The database must equal that of an upgrade that was never interrupted.
 *
 *   npm run build && SEAWORTHY_CRASH_RUNS=300 node --test test/upgrade/crash/mysql/crash.test.ts
 *   SEAWORTHY_CRASH_SEED=12345 SEAWORTHY_CRASH_RUNS=1 node --test …
 */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { lacksMariadb, startMariadb, type MariadbServer } from "../../../harness/mariadb.ts";
import { scratchPath } from "../../../harness/scratch.ts";
import { crashMigrations } from "./migrations.ts";
import { kinds, planRun, runInterrupted, runUndisturbed, type AttemptReport, type Reference } from "./run.ts";
import { createRunDatabase } from "./server.ts";

const runs = Number(process.env["SEAWORTHY_CRASH_RUNS"] ?? 15);
const firstSeed = Number(process.env["SEAWORTHY_CRASH_SEED"] ?? Math.floor(Math.random() * 1e6));
const migrations = crashMigrations();
/** The start, two hooks, and the migrations. */
const stepCount = Object.keys(migrations).length + 3;

suite(
  `${runs} interrupted upgrades on MariaDB from seed ${firstSeed} on`,
  { concurrency: 2, skip: lacksMariadb() ?? false },
  () => {
    const folder = scratchPath("image");
    const reports: AttemptReport[] = [];
    let shared: MariadbServer;
    let killed: MariadbServer;
    let reference: Reference;
    /** One run at a time may use the server that is killed. */
    let killedIsFree: Promise<unknown> = Promise.resolve();

    before(async () => {
      writeImage(folder);
      shared = await startMariadb();
      killed = await startMariadb();
      await using database = await createRunDatabase(shared, "reference");
      reference = await runUndisturbed(folder, database);
      assert.equal(reference.steps.length, stepCount);
      assert.equal(reference.state.history.length, Object.keys(migrations).length);
    });
    after(async () => {
      await shared?.stop();
      await killed?.stop();
      console.log(summarise(reports));
    });

    for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
      const plan = planRun(seed, stepCount);
      const killsServer = plan.some(({ kind }) => kind === "kill the server");
      const title = plan.map(({ kind, step, overlaps }) => `${kind} in step ${step}${overlaps ? ", overlapping" : ""}`);
      test(`seed ${seed}: ${title.join("; then ")}`, async () => {
        const run = async (server: MariadbServer) => {
          await using database = await createRunDatabase(server, `crash_${seed}`);
          reports.push(...(await runInterrupted(plan, reference, folder, database)));
        };
        if (!killsServer) return run(shared);
        const mine = killedIsFree.then(() => run(killed));
        killedIsFree = mine.catch(() => {});
        await mine;
      });
    }
  },
);

function writeImage(folder: string): void {
  mkdirSync(join(folder, "migrations"), { recursive: true });
  for (const [file, text] of Object.entries(migrations)) {
    const path = join(folder, "migrations", file);
    writeFileSync(path, text);
    if (file.endsWith(".sh")) chmodSync(path, 0o755);
  }
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
    const codes = Map.groupBy(ofKind, ({ code }) => String(code));
    const counts = [...codes].map(([code, all]) => `${code} ×${all.length}`).toSorted();
    return `  ${kind}: ${ofKind.length}, of which ${ofKind.filter(({ struck }) => struck).length} struck (${counts.join(", ")})`;
  });
  const freed = reports.flatMap(({ freedMs }) => freedMs ?? []).toSorted((a, b) => a - b);
  const [middle = 0, last = 0] = [freed[Math.floor(freed.length / 2)], freed.at(-1)];
  return [
    `${reports.length} interrupted upgrades, by how they ended:`,
    ...lines,
    `  after ${freed.length} SIGKILLs the lock was free within ${last.toFixed(0)} ms (median ${middle.toFixed(0)} ms)`,
  ].join("\n");
}
