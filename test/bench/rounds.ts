import { messageOf } from "../../src/kernel/failure.ts";

/** The samples of one round, by the name of what was measured. */
export type Measured = Readonly<Record<string, readonly number[]>>;

/** One row of the tables: a program that takes part. */
export interface Contender {
  readonly name: string;
  /** Why it does not take part: not installed, no network. Default: it does. */
  readonly leftOut?: string | undefined;
  /** Why it has no figure for a measure, by the measure's name. */
  readonly notes?: Readonly<Record<string, string>>;
  readonly measure: () => Promise<Measured>;
}

export interface Result {
  readonly name: string;
  readonly leftOut: string | undefined;
  readonly notes: Readonly<Record<string, string>>;
  readonly samples: ReadonlyMap<string, readonly number[]>;
  /** What did not work. The row takes part in no further round. */
  readonly failure: string | undefined;
}

export interface RoundsOptions {
  readonly rounds: number;
  /** Whether a round before the first fills the caches, and is not counted. */
  readonly warmUp: boolean;
}

/** Measures in turns, one sample of each row a round, so that whatever drifts on the machine hits all rows alike. */
export async function runRounds(
  contenders: readonly Contender[],
  { rounds, warmUp }: RoundsOptions,
): Promise<readonly Result[]> {
  const rows = contenders.map((contender) => ({
    contender,
    samples: new Map<string, number[]>(),
    failure: undefined as string | undefined,
  }));
  for (let round = warmUp ? 0 : 1; round <= rounds; round++) {
    for (const row of rows) {
      if (row.contender.leftOut !== undefined || row.failure !== undefined) continue;
      showProgress(`round ${round} of ${rounds}: ${row.contender.name}`);
      try {
        const measured = await row.contender.measure();
        if (round > 0) append(row.samples, measured);
      } catch (error) {
        row.failure = messageOf(error);
      }
    }
  }
  showProgress("");
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

/** One line that is written over, for whoever watches; nothing in a log. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
