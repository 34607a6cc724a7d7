import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { forwardableSignals, signalNumber, type SignalName } from "../../../src/kernel/signals.ts";
import { startContainer } from "../../harness/container.ts";
import { catches } from "../../harness/dispositions.ts";
import { long } from "../../harness/long.ts";
import { readProcess } from "../../harness/proc.ts";
import { createRandom } from "../../harness/random.ts";
import { forEachVariant, type Variant } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

/** With TEST_LONG=1, each variant runs all of them. */
const cycles = long ? 200 : 15;
/** Set TEST_SEED to repeat a failed run. */
const seed = Number(process.env["TEST_SEED"] ?? Date.now() % 1_000_000);
/** Stages of the start: the app is about to start, it has started, or seaworthy has fully started. */
const momentsMs = 120;
const suspending: ReadonlySet<SignalName> = new Set(["SIGTSTP", "SIGTTIN", "SIGTTOU"]);
const without: ReadonlySet<SignalName> = new Set(["SIGURG", "SIGWINCH", "SIGCONT", ...suspending]);
/** Signals that seaworthy does not handle before it has fully started. */
const late: ReadonlySet<SignalName> = new Set(["SIGPIPE", "SIGXFSZ"]);

/** The apps, and the codes with which they may exit. */
const apps: readonly { readonly script: string; readonly codes: readonly number[] }[] = [
  { script: "exec sleep 1000", codes: [] },
  { script: "sleep 1000 & sleep 1000 & exec sleep 1000", codes: [] },
  { script: "(sleep 1000 & sleep 1000 &); (sleep 0.02 &); exec sleep 1000", codes: [] },
  { script: "trap 'exit 42' TERM; while :; do sleep 0.01; done", codes: [42] },
  { script: "sleep 0.05; exit 5", codes: [5] },
];

forEachVariant("start and stop at random", { variantsAtOnce: 4 }, (variant) => {
  test(`${cycles} times, seed ${seed}`, async () => {
    // Every variant has its own random sequence.
    const random = createRandom(seed + variant.build.length * 2 + Number(variant.asPid1));
    for (let cycle = 0; cycle < cycles; cycle++) await live(variant, random, `cycle ${cycle} of seed ${seed}`);
  });
});

async function live(variant: Variant, random: () => number, name: string): Promise<void> {
  const app = pick(apps, random);
  const signal = pick(forwardableSignals, random);
  const what = `${name}: ${signal} to ${app.script}`;
  using container = startContainer(variant, ["sh", "-c", `ulimit -c 0; ${app.script}`], {
    settings: { stop: { graceSeconds: 600, group: random() < 0.5 } },
  });
  const pid = await container.pid();
  // Before that, no handler would forward it.
  await waitFor("the handlers", () => isUp(pid));
  await delay(random() * momentsMs);
  const codes = new Set(app.codes);
  for (const sent of signalsToSend(signal)) {
    if (!without.has(sent)) codes.add(128 + signalNumber(sent));
    trySend(pid, sent);
    // A CONT before the suspension would have no effect.
    if (suspending.has(sent) && !variant.asPid1) await waitFor("the suspension", () => isStoppedOrGone(pid));
  }
  const { code, signal: endedBy } = await container.ended;
  assert.equal(endedBy, null, what);
  assert.ok(codes.has(code ?? -1), `${what}: the code was ${code}, not one of ${[...codes].join(", ")}`);
  assert.deepEqual(container.survivors(), [], what);
}

/** Whether it has its handlers, or has already ended, as the last of the apps may. */
function isUp(pid: number): boolean {
  try {
    return catches(pid, signalNumber("SIGSYS"));
  } catch {
    return true;
  }
}

function isStoppedOrGone(pid: number): boolean {
  const state = readProcess(pid)?.state;
  return state === undefined || state === "T" || state === "Z";
}

/** A signal that may not end the app is followed by one that does. One that suspends is followed by CONT. */
function signalsToSend(signal: SignalName): readonly SignalName[] {
  if (suspending.has(signal)) return [signal, "SIGCONT", "SIGTERM"];
  return without.has(signal) || late.has(signal) ? [signal, "SIGTERM"] : [signal];
}

function pick<T>(from: readonly T[], random: () => number): T {
  const picked = from[Math.floor(random() * from.length)];
  assert.ok(picked);
  return picked;
}

/** The app and seaworthy may have ended. */
function trySend(pid: number, signal: SignalName): void {
  try {
    // Real-time signals have no name in Node.
    process.kill(pid, signalNumber(signal));
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
  }
}
