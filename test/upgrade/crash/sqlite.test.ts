/**
 * The crash matrix on SQLite. Each run interrupts upgrades of forty migrations at random moments, then runs one without
 * interruption. The file must equal that of an upgrade that was never interrupted. The seed decides all random choices:
 *
 *   npm run build && SEAWORTHY_CRASH_RUNS=100 node --test test/upgrade/crash/sqlite.test.ts
 *   SEAWORTHY_CRASH_SEED=12345 SEAWORTHY_CRASH_RUNS=1 node --test …
 */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isLocked, lockOf, sqliteFile, type SqliteFile } from "../../fixtures/upgrade/sqlite.ts";
import { childrenOf } from "../../harness/proc.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";
import { startAttempt, type Attempt, type AttemptEnd } from "./attempt.ts";
import { kill } from "./interrupt.ts";
import { createRandom } from "./random.ts";
import { sqliteMigrations } from "./sqlite-migrations.ts";

const runs = Number(process.env["SEAWORTHY_CRASH_RUNS"] ?? 10);
const firstSeed = Number(process.env["SEAWORTHY_CRASH_SEED"] ?? Math.floor(Math.random() * 1e6));
const migrations = sqliteMigrations();
const folder = scratchPath("image");
const modes = ["wal", "delete"] as const;
type Mode = (typeof modes)[number];
/** `writer`: the process that has the database is killed. */
const kinds = ["SIGKILL", "SIGTERM", "writer"] as const;
type Kind = (typeof kinds)[number];

/** 0 if the interruption came too late. A signal that arrives before Node runs seaworthy kills the process. */
const allowed: Readonly<Record<Kind, readonly AttemptEnd["code"][]>> = {
  SIGKILL: [0, "SIGKILL"],
  SIGTERM: [0, 143, "SIGTERM"],
  writer: [0, 1],
};

interface Step {
  readonly line: string | undefined;
  readonly usualMs: number;
}

suite(`${runs} interrupted upgrades of SQLite from seed ${firstSeed} on`, { concurrency: 2 }, () => {
  const references = new Map<Mode, { readonly steps: readonly Step[]; readonly state: object }>();
  const freedAfterMs: number[] = [];
  const codes: string[] = [];

  before(async () => {
    writeImage();
    for (const mode of modes) {
      const file = fileIn(mode);
      const end = await start(file).ended;
      assert.equal(end.code, 0, end.output);
      const begins = end.lines.filter(({ text }) => /: applying |running upgrade\./.test(text));
      const times = [...begins.map(({ atMs }) => atMs), end.lines.at(-1)?.atMs ?? 0];
      const steps = begins.map(({ text, atMs }, index) => ({ line: text, usualMs: (times[index + 1] ?? 0) - atMs }));
      references.set(mode, {
        steps: [{ line: undefined, usualMs: begins[0]?.atMs ?? 0 }, ...steps],
        state: readState(file),
      });
    }
  });
  after(() => {
    const counts = [...new Set(codes)]
      .toSorted()
      .map((code) => `${code} ×${codes.filter((one) => one === code).length}`);
    const slowest = Math.max(0, ...freedAfterMs).toFixed(0);
    console.log(
      `${codes.length} interruptions (${counts.join(", ")}); after SIGKILL the lock was free within ${slowest} ms`,
    );
  });

  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const mode = modes[seed % 2] ?? "wal";
    test(`seed ${seed}, mode ${mode}`, async () => {
      const { steps = [], state } = references.get(mode) ?? {};
      const random = createRandom(seed);
      const file = fileIn(mode);
      const attempts: Attempt[] = [];
      const endings: Promise<void>[] = [];
      try {
        for (let left = 1 + Math.floor(random() ** 2 * 3); left > 0; left--) {
          const kind = kinds[Math.floor(random() * kinds.length)] ?? "SIGKILL";
          const step = steps[Math.floor(random() * steps.length)];
          const fraction = random();
          const overlaps = random() < 0.2;
          const attempt = start(file);
          attempts.push(attempt);
          if (step?.line !== undefined) await attempt.reached(step.line);
          await sleep(fraction * (step?.usualMs ?? 0));
          const ending = end(attempt, kind, overlaps ? undefined : file);
          endings.push(ending);
          if (!overlaps) await ending;
        }
        const rerun = start(file);
        attempts.push(rerun);
        const { code, output } = await rerun.ended;
        assert.equal(code, 0, `the plain rerun failed:\n${output}`);
        await Promise.all(endings);
        assert.deepEqual(readState(file), state);
      } finally {
        for (const attempt of attempts) attempt.kill("SIGKILL");
      }
    });
  }

  /** @param file wait until its lock is free */
  async function end(attempt: Attempt, kind: Kind, file: SqliteFile | undefined): Promise<void> {
    const at = performance.now();
    if (kind === "writer") for (const { pid } of childrenOf(attempt.pid)) kill(pid);
    else attempt.kill(kind);
    if (kind === "SIGKILL" && file !== undefined) {
      await waitFor("the lock to be free", () => !isLocked(lockOf(file)));
      freedAfterMs.push(performance.now() - at);
    }
    const { code, output } = await attempt.ended;
    codes.push(`${kind}: ${String(code)}`);
    assert.doesNotMatch(output, /internal error/);
    assert.ok(allowed[kind].includes(code), `${kind}: ended with ${String(code)}\n${output}`);
  }
});

function fileIn(mode: Mode): SqliteFile {
  const file = sqliteFile();
  file.execute(`PRAGMA journal_mode = ${mode}`);
  return file;
}

function start({ path, url }: SqliteFile): Attempt {
  return startAttempt(folder, { DATABASE_URL: url, PROGRAM_FILE: `${path}.programs` });
}

function writeImage(): void {
  mkdirSync(join(folder, "migrations"), { recursive: true });
  for (const [name, text] of Object.entries(migrations)) {
    const path = join(folder, "migrations", name);
    writeFileSync(path, text);
    if (name.endsWith(".sh")) chmodSync(path, 0o755);
  }
  const settings = {
    app: { name: "crash", version: "1.0.0" },
    dependencies: { schema: { kind: "schema", url: "${DATABASE_URL}" } },
    health: false,
  };
  writeFileSync(join(folder, "seaworthy.json"), JSON.stringify(settings));
}

/** Everything that the migrations have made. */
function readState({ list, path }: SqliteFile): object {
  return {
    integrity: list("PRAGMA integrity_check"),
    mode: list("PRAGMA journal_mode"),
    schema: list("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"),
    log: list("SELECT entry || ' ×' || count(*) FROM log GROUP BY entry ORDER BY entry"),
    counter: list("SELECT value FROM counters"),
    accounts: list("SELECT count(*) || ' ' || sum(balance) || ' ' || sum(balance * id) FROM accounts"),
    orders: list("SELECT count(*) || ' ' || sum(id) FROM orders"),
    history: list(
      "SELECT name || ' ' || checksum || ' ' || (applied_at IS NOT NULL) FROM seaworthy_migrations ORDER BY position",
    ),
    steps: list("SELECT name FROM seaworthy_migrations_steps"),
    releases: list("SELECT app || ' ' || version || ' ' || manifest FROM seaworthy_releases"),
    programs: [...new Set(readFileSync(`${path}.programs`, "utf8").split("\n"))].toSorted(),
  };
}
