import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";
import { startAttempt, type Attempt, type AttemptEnd } from "./attempt.ts";
import { interrupt } from "./interrupt.ts";
import type { Interruption, Kind } from "./plan.ts";
import { startProxy } from "./proxy.ts";
import type { CrashServer } from "./server.ts";
import { readState, type DatabaseState } from "./state.ts";

/** A step of an upgrade, and its usual time. */
export interface Step {
  /** The line of the log with which it begins; undefined for the start of the process. */
  readonly line: string | undefined;
  readonly usualMs: number;
}

/** The result of an uninterrupted upgrade. Every other run must end the same. */
export interface Reference {
  readonly steps: readonly Step[];
  readonly state: DatabaseState;
}

export interface RunOptions {
  readonly server: CrashServer;
  /** The app's image. */
  readonly folder: string;
  /** The name of an existing, empty database. */
  readonly database: string;
}

/** The observed end of one attempt. */
export interface AttemptReport {
  readonly kind: Kind;
  readonly struck: boolean;
  readonly code: AttemptEnd["code"];
  /** From SIGKILL to the lock being free, and to the last session being gone, in milliseconds. */
  readonly freedAfter?: { readonly lockMs: number; readonly sessionsMs: number };
}

/** Applies everything with no interruption. */
export async function runUndisturbed({ server, folder, database }: RunOptions): Promise<Reference> {
  await using proxy = await startProxy(server.urlOf(database));
  const end = await startAttempt(folder, environmentFor(proxy.url, scratchPath("hooks"))).ended;
  assert.equal(end.code, 0, end.output);
  const starts = end.lines.filter(({ text }) => /: applying |running upgrade\./.test(text));
  const ends = [...starts.map(({ atMs }) => atMs), end.lines.at(-1)?.atMs ?? 0];
  const steps = starts.map(({ text, atMs }, index) => ({ line: text, usualMs: (ends[index + 1] ?? 0) - atMs }));
  const state = await server.use(database, readState);
  return { steps: [{ line: undefined, usualMs: starts[0]?.atMs ?? 0 }, ...steps], state };
}

/** Interrupts as planned. Then a run without interruption must complete the upgrade, with each migration applied once. */
export async function runInterrupted(
  plan: readonly Interruption[],
  { steps, state }: Reference,
  { server, folder, database }: RunOptions,
): Promise<readonly AttemptReport[]> {
  const hookFile = scratchPath("hooks");
  await using proxy = await startProxy(server.urlOf(database));
  const reports: Promise<AttemptReport>[] = [];
  const running: Attempt[] = [];
  try {
    for (const interruption of plan) {
      const { kind, step, fraction, overlaps } = interruption;
      const attempt = startAttempt(folder, environmentFor(proxy.url, hookFile));
      running.push(attempt);
      const { line, usualMs = 0 } = steps[step] ?? {};
      if (line !== undefined) await attempt.reached(line);
      await sleep(fraction * usualMs);
      const interruptedAt = performance.now();
      const struck = await interrupt(kind, { attempt, proxy, server, database });
      const report = reportOn(
        { kind, struck },
        attempt,
        overlaps ? undefined : () => waitUntilFree(server, database, interruptedAt),
      );
      reports.push(report);
      if (!overlaps) await report;
    }
    const rerun = startAttempt(folder, environmentFor(server.urlOf(database), hookFile));
    running.push(rerun);
    const end = await rerun.ended;
    assert.equal(end.code, 0, `the plain rerun failed:\n${end.output}`);
    const seen = await Promise.all(reports);
    const found = await server.use(database, readState);
    assert.deepEqual(found, state);
    const hooks = readFileSync(hookFile, "utf8");
    assert.match(hooks, /before\n(.*\n)*after\n/);
    return seen;
  } finally {
    for (const attempt of running) attempt.kill("SIGKILL");
  }
}

/** The variables that the settings refer to. */
function environmentFor(url: string, hookFile: string): Readonly<Record<string, string>> {
  return { DATABASE_URL: url, HOOK_FILE: hookFile };
}

/** The promised time for a killed upgrade. */
const lockFreeMs = 2000;

async function reportOn(
  what: Pick<AttemptReport, "kind" | "struck">,
  attempt: Attempt,
  waitUntilFree: (() => Promise<{ readonly lockMs: number; readonly sessionsMs: number }>) | undefined,
): Promise<AttemptReport> {
  const { kind } = what;
  if (kind === "SIGKILL" && waitUntilFree !== undefined) {
    const freedAfter = await waitUntilFree();
    assert.ok(freedAfter.lockMs < lockFreeMs, `the lock was free only after ${freedAfter.lockMs} ms`);
    const { code } = await attempt.ended;
    return { ...what, code, freedAfter };
  }
  const { code, output } = await attempt.ended;
  assert.doesNotMatch(output, /internal error/);
  assert.ok(allowed[kind].includes(code), `${kind}: ended with ${String(code)}\n${output}`);
  return { ...what, code };
}

/** 0 if the interruption came too late, or if another attempt had done all the work. */
const lost = [0, 1, 69];
const allowed: Readonly<Record<Kind, readonly AttemptEnd["code"][]>> = {
  SIGKILL: [0, "SIGKILL"],
  // A signal that arrives before Node runs seaworthy kills the process.
  SIGTERM: [0, 143, "SIGTERM"],
  "terminate work": lost,
  "terminate lock": lost,
  "cut work": lost,
  "cut lock": lost,
  "cut all": lost,
  "kill Postgres": lost,
};

function waitUntilFree(
  server: CrashServer,
  database: string,
  killedAt: number,
): Promise<{ readonly lockMs: number; readonly sessionsMs: number }> {
  return server.use("postgres", async (client) => {
    const count = async (from: string) => {
      const { rows } = await client.query<{ count: string }>(
        `SELECT count(*) FROM ${from} WHERE datname = $1 AND starts_with(application_name, 'seaworthy upgrade')`,
        [database],
      );
      return Number(rows[0]?.count);
    };
    const locked = `pg_stat_activity JOIN pg_locks ON pg_locks.pid = pg_stat_activity.pid AND locktype = 'advisory'`;
    await waitFor("the lock", async () => (await count(locked)) === 0);
    const lockMs = performance.now() - killedAt;
    await waitFor("the sessions of the killed upgrade", async () => (await count("pg_stat_activity")) === 0);
    return { lockMs, sessionsMs: performance.now() - killedAt };
  });
}
