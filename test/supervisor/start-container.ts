import type { SignalName } from "../../src/kernel/signals.ts";
import { supervise, type SupervisorOptions } from "../../src/supervisor/supervisor.ts";
import { createHandClock } from "../harness/hand-clock.ts";
import { createRecordingLog, type Puppet } from "../harness/units.ts";

interface Container {
  readonly changes?: Partial<SupervisorOptions>;
  readonly everHealthy?: boolean;
  /** How many processes still run after ours have ended. */
  readonly left?: number;
}

export function start(puppets: readonly Puppet[], { changes = {}, everHealthy = true, left = 0 }: Container = {}) {
  const clock = createHandClock();
  const swept: SignalName[] = [];
  const suspended: string[] = [];
  const leftovers = { left };
  let code: number | undefined;
  const { log, lines } = createRecordingLog();
  const supervisor = supervise(
    puppets.map(({ spec }) => spec),
    {
      held: false,
      drainSeconds: 0,
      graceSeconds: 10,
      rewrites: {},
      exitCodes: {},
      stopSignals: ["SIGTERM", "SIGINT"],
      clock,
      random: () => 0.5,
      log,
      onChange: () => {},
      openLeftovers: async () => ({ any: () => leftovers.left > 0, signal: (name) => void swept.push(name) }),
      wasEverHealthy: () => everHealthy,
      suspend: () => void suspended.push(puppets[0]?.last().signals.join(" ") ?? ""),
      ...changes,
    },
  );
  void supervisor.ended.then((ended) => (code = ended));
  return { clock, swept, suspended, leftovers, lines, supervisor, code: () => code };
}

export const after = (...names: readonly string[]) => ({ after: names });
