import type { WatchedDependency } from "../../src/health/dependency-watch.ts";
import { createMonitor } from "../../src/health/monitor.ts";
import type { Clock } from "../../src/kernel/clock.ts";
import { createLog } from "../../src/kernel/log.ts";
import type { Observation, Verdict } from "../../src/kernel/observation.ts";

/** A clock that moves only when a test moves it. */
function createHandClock(): Clock & { readonly advance: (milliseconds: number) => Promise<void> } {
  let now = 0;
  let timers: readonly { readonly at: number; readonly run: () => void }[] = [];
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => now,
    after(milliseconds, run) {
      const timer = { at: now + milliseconds, run };
      timers = [...timers, timer];
      return () => void (timers = timers.filter((other) => other !== timer));
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        now = next.at;
        timers = timers.filter((timer) => timer !== next);
        next.run();
        await settle();
      }
      now = end;
    },
  };
}

/** A dependency with a verdict that the test sets. It counts the looks. */
export function createDependency(
  name: string,
  { whenUnreachable = "warn", critical = true }: Partial<Pick<WatchedDependency, "whenUnreachable" | "critical">> = {},
) {
  let looks = 0;
  let shown: Observation | Error = { verdict: "compatible" };
  const dependency: WatchedDependency = {
    name,
    kind: "schema",
    componentType: "component",
    critical,
    whenUnreachable,
    intervalMs: 10_000,
    look: async () => {
      looks++;
      if (shown instanceof Error) throw shown;
      return shown;
    },
  };
  return {
    dependency,
    looks: () => looks,
    show: (verdict: Verdict) => void (shown = { verdict, reason: `it is ${verdict}` }),
    fail: (error: Error) => void (shown = error),
  };
}

export function startMonitor(dependencies: readonly { readonly dependency: WatchedDependency }[]) {
  const clock = createHandClock();
  const lines: string[] = [];
  const log = createLog({
    style: () => ({ format: "human", level: "debug", colour: false, terminal: false }),
    redact: (text) => text,
    write: (line) => void lines.push(line.trim()),
    now: clock.now,
  });
  // No jitter: 0.5 is its middle.
  const monitor = createMonitor({
    dependencies: dependencies.map(({ dependency }) => dependency),
    clock,
    random: () => 0.5,
    onLook: () => {},
    log,
  });
  monitor.start();
  return { clock, monitor, lines };
}
