import { messageOf } from "../../src/kernel/failure.ts";

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
  readonly rounds: number;
  /** Whether an extra first round fills the caches. It does not count. */
  readonly warmUp: boolean;
}

/** Measures every row once per round, in turns, so that drift on the machine affects all rows equally. */
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

/** Overwrites one line on a terminal. Prints nothing to a log. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
