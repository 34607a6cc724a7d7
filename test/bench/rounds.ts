import { messageOf } from "../../src/kernel/failure.ts";
import { showProgress } from "./progress.ts";

/** The samples of one round, by the name of the measure. */
export type Measured = Readonly<Record<string, readonly number[]>>;

/** One row of the tables: a measured program. */
export interface Contender {
  readonly name: string;
  /** Why it is left out: not installed, no network. Default: it is measured. */
  readonly leftOut?: string | undefined;
  /** Reasons for missing figures, by the measure's name. */
  readonly notes?: Readonly<Record<string, string>>;
  readonly measure: () => Promise<Measured>;
}

export interface Result {
  readonly name: string;
  readonly leftOut: string | undefined;
  readonly notes: Readonly<Record<string, string>>;
  readonly samples: ReadonlyMap<string, readonly number[]>;
  /** The error. The program is left out of later rounds. */
  readonly failure: string | undefined;
}

export interface RoundsOptions {
  /** What is measured, for the lines on stderr. */
  readonly title: string;
  readonly rounds: number;
  /** Whether an extra first round fills the caches. It does not count. */
  readonly warmUp: boolean;
}

/** Measures every row once per round, in turns, so that drift on the machine affects all rows equally. */
export async function runRounds(
  contenders: readonly Contender[],
  { title, rounds, warmUp }: RoundsOptions,
): Promise<readonly Result[]> {
  const rows = contenders.map((contender) => ({
    contender,
    samples: new Map<string, number[]>(),
    failure: undefined as string | undefined,
  }));
  const measured = rows.filter(({ contender }) => contender.leftOut === undefined);
  const first = warmUp ? 0 : 1;
  const progress = showProgress({ title, rounds: rounds + 1 - first, rows: measured.length });
  for (let round = first; round <= rounds; round++) {
    for (const [index, row] of measured.entries()) {
      if (row.failure !== undefined) continue;
      const where = round === 0 ? "warm-up" : `round ${round} of ${rounds}`;
      progress.begin(round - first, index, `${where}, ${row.contender.name}`);
      try {
        const samples = await row.contender.measure();
        if (round > 0) append(row.samples, samples);
      } catch (error) {
        row.failure = messageOf(error);
      }
      progress.end(index, row.failure !== undefined);
    }
  }
  progress.close();
  return rows.map(({ contender: { name, leftOut, notes = {} }, samples, failure }) => ({
    name,
    leftOut: failure === undefined ? leftOut : `failed: ${failure.split("\n")[0]}`,
    notes,
    samples: failure === undefined ? samples : new Map(),
    failure,
  }));
}

function append(samples: Map<string, number[]>, measured: Measured): void {
  for (const [measure, values] of Object.entries(measured)) {
    samples.set(measure, [...(samples.get(measure) ?? []), ...values]);
  }
}
