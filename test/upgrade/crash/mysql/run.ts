import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { scratchPath } from "../../../harness/scratch.ts";
import { waitFor } from "../../../harness/wait.ts";
import { startAttempt, type Attempt, type AttemptEnd } from "../attempt.ts";
import { startProxy, type Proxy } from "../proxy.ts";
import { createRandom } from "../random.ts";
import type { RunDatabase } from "./server.ts";
import { readState, type DatabaseState } from "./state.ts";

const shares = {
  SIGKILL: 32,
  SIGTERM: 16,
  KILL: 16,
  "KILL QUERY": 16,
  "cut connections": 12,
  "kill the server": 8,
} as const;
export type Kind = keyof typeof shares;
export const kinds = Object.keys(shares) as Kind[];

/** One attempt at an upgrade, and what ends it. */
export interface Interruption {
  readonly kind: Kind;
  /** Index of the step in which it strikes. */
  readonly step: number;
  /** How far into the step, as a fraction of its usual time. */
  readonly fraction: number;
  /** The next attempt starts at once, even if this one is still running. */
  readonly overlaps: boolean;
}

/** Plans one run by its seed: usually one interruption, sometimes two or three. */
export function planRun(seed: number, stepCount: number): readonly Interruption[] {
  const random = createRandom(seed);
  const count = 1 + Number(random() < 0.3) + Number(random() < 0.1);
  const steps = Array.from({ length: count }, () => Math.floor(random() * stepCount)).toSorted((a, b) => a - b);
  return steps.map((step) => ({ step, kind: pickKind(random()), fraction: 1.2 * random(), overlaps: random() < 0.4 }));
}

function pickKind(at: number): Kind {
  let left = at * Object.values(shares).reduce<number>((sum, share) => sum + share, 0);
  return kinds.find((kind) => (left -= shares[kind]) < 0) ?? "SIGKILL";
}

/** The result of an uninterrupted upgrade. Every other run must end the same. */
export interface Reference {
  readonly steps: readonly { readonly line: string | undefined; readonly usualMs: number }[];
  readonly state: DatabaseState;
}

export interface AttemptReport {
  readonly kind: Kind;
  readonly struck: boolean;
  readonly code: AttemptEnd["code"];
  /** From SIGKILL to the lock being free, in milliseconds. */
  readonly freedMs?: number;
}

export async function runUndisturbed(folder: string, database: RunDatabase): Promise<Reference> {
  await using proxy = await startProxy(database.url);
  const end = await startAttempt(folder, environmentFor(proxy.url)).ended;
  assert.equal(end.code, 0, end.output);
  const starts = end.lines.filter(({ text }) => /: applying |running upgrade\./.test(text));
  const ends = [...starts.map(({ atMs }) => atMs), end.lines.at(-1)?.atMs ?? 0];
  const steps = starts.map(({ text, atMs }, index) => ({ line: text, usualMs: (ends[index + 1] ?? 0) - atMs }));
  return { steps: [{ line: undefined, usualMs: starts[0]?.atMs ?? 0 }, ...steps], state: await readState(database) };
}

/** Interrupts as planned. Then a run without interruption must complete the upgrade, with each statement done once. */
export async function runInterrupted(
  plan: readonly Interruption[],
  { steps, state }: Reference,
  folder: string,
  database: RunDatabase,
): Promise<readonly AttemptReport[]> {
  await using proxy = await startProxy(database.url);
  const reports: Promise<AttemptReport>[] = [];
  const running: Attempt[] = [];
  const hookFile = scratchPath("hooks");
  try {
    for (const { kind, step, fraction, overlaps } of plan) {
      const attempt = startAttempt(folder, environmentFor(proxy.url, hookFile));
      running.push(attempt);
      const { line, usualMs = 0 } = steps[step] ?? {};
      if (line !== undefined) await attempt.reached(line);
      await sleep(fraction * usualMs);
      const struckAt = performance.now();
      const struck = await interrupt(kind, attempt, proxy, database);
      const report = reportOn(
        { kind, struck },
        attempt,
        overlaps ? undefined : () => waitUntilFree(database, struckAt),
      );
      reports.push(report);
      if (!overlaps) await report;
    }
    const rerun = startAttempt(folder, environmentFor(database.url, hookFile));
    running.push(rerun);
    const end = await rerun.ended;
    assert.equal(end.code, 0, `the plain rerun failed:\n${end.output}`);
    const seen = await Promise.all(reports);
    assert.deepEqual(await readState(database), state);
    return seen;
  } finally {
    for (const attempt of running) attempt.kill("SIGKILL");
  }
}

const environmentFor = (url: string, hookFile = scratchPath("hooks")) => ({ DATABASE_URL: url, HOOK_FILE: hookFile });

/** Returns false if the upgrade had already ended, or did not hold the lock. */
async function interrupt(kind: Kind, attempt: Attempt, proxy: Proxy, database: RunDatabase): Promise<boolean> {
  switch (kind) {
    case "SIGKILL":
    case "SIGTERM":
      return attempt.kill(kind);
    case "KILL":
    case "KILL QUERY": {
      const id = await database.holder();
      // It may just have ended by itself.
      return (
        id !== undefined &&
        (await database.query(`${kind} ${id}`).then(
          () => true,
          () => false,
        ))
      );
    }
    case "cut connections":
      return proxy.cut("") > 0;
    case "kill the server":
      await database.server.crash();
      return true;
  }
}

async function reportOn(
  what: Pick<AttemptReport, "kind" | "struck">,
  attempt: Attempt,
  waitUntilFree: (() => Promise<number>) | undefined,
): Promise<AttemptReport> {
  if (what.kind === "SIGKILL" && waitUntilFree !== undefined) {
    const freedMs = await waitUntilFree();
    return { ...what, code: (await attempt.ended).code, freedMs };
  }
  const { code, output } = await attempt.ended;
  assert.doesNotMatch(output, /internal error/);
  assert.ok(allowed[what.kind].includes(code), `${what.kind}: ended with ${String(code)}\n${output}`);
  return { ...what, code };
}

/** 0 if the interruption came too late, or if another attempt had done all the work. */
const lost = [0, 1, 69];
const allowed: Readonly<Record<Kind, readonly AttemptEnd["code"][]>> = {
  SIGKILL: [0, "SIGKILL"],
  // A signal that arrives before Node runs seaworthy kills the process.
  SIGTERM: [0, 143, "SIGTERM"],
  KILL: lost,
  "KILL QUERY": lost,
  "cut connections": lost,
  "kill the server": lost,
};

async function waitUntilFree(database: RunDatabase, killedAt: number): Promise<number> {
  await waitFor("the lock", async () => (await database.holder()) === undefined);
  return performance.now() - killedAt;
}
