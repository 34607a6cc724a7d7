import { createRandom } from "./random.ts";

export const kinds = [
  "SIGKILL",
  "SIGTERM",
  "terminate work",
  "terminate lock",
  "cut work",
  "cut lock",
  "cut all",
  "kill Postgres",
] as const;
export type Kind = (typeof kinds)[number];

/** One attempt at an upgrade, and what ends it. */
export interface Interruption {
  readonly kind: Kind;
  /** Index of the step (see `stepsOf`) in which it strikes. */
  readonly step: number;
  /** How far into the step, as a fraction of its usual time. */
  readonly fraction: number;
  /** The next attempt starts at once, even if this one is still running. */
  readonly overlaps: boolean;
}

const shares: Readonly<Record<Kind, number>> = {
  SIGKILL: 30,
  SIGTERM: 14,
  "terminate work": 12,
  "terminate lock": 10,
  "cut work": 8,
  "cut lock": 8,
  "cut all": 8,
  "kill Postgres": 10,
};

/** Plans one run by its seed: usually one interruption, sometimes two or three. */
export function planRun(seed: number, stepCount: number): readonly Interruption[] {
  const random = createRandom(seed);
  const count = 1 + Number(random() < 0.3) + Number(random() < 0.1);
  // An attempt resumes where the previous one was interrupted.
  const steps = Array.from({ length: count }, () => Math.floor(random() * stepCount)).toSorted((a, b) => a - b);
  return steps.map((step) => ({
    step,
    kind: pickKind(random()),
    fraction: 1.2 * random(),
    overlaps: random() < 0.4,
  }));
}

function pickKind(at: number): Kind {
  let left = at * Object.values(shares).reduce((sum, share) => sum + share, 0);
  return kinds.find((kind) => (left -= shares[kind]) < 0) ?? "SIGKILL";
}
