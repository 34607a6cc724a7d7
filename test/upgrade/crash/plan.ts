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
  /** How far into the step, as a part of the time that it usually takes. */
  readonly fraction: number;
  /** The next attempt starts at once, though this one may still run. */
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

/** What one run does to its database, all of it decided by the seed: one interruption, at times two or three. */
export function planRun(seed: number, stepCount: number): readonly Interruption[] {
  const random = createRandom(seed);
  const count = 1 + Number(random() < 0.3) + Number(random() < 0.1);
  // An attempt goes on where the one before it was interrupted.
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
