import { median } from "../statistics.ts";
import type { Column } from "../table.ts";

interface Options {
  /** The suffix of the measure, as in `wall 100`. */
  readonly of: string;
  readonly relativeTo: string;
}

const least = (samples: readonly number[]) => Math.min(...samples);

/** On a busy machine, the minimum and the CPU time are closer to the real cost than the median. */
export function costColumns({ of, relativeTo }: Options): readonly Column[] {
  const ratio = { title: "×", decimals: 2, relativeTo };
  return [
    { title: "median", measure: `wall ${of}`, figure: median, decimals: 1 },
    { ...ratio, title: `× ${relativeTo}`, measure: `wall ${of}`, figure: median },
    { title: "least", measure: `wall ${of}`, figure: least, decimals: 1 },
    { ...ratio, measure: `wall ${of}`, figure: least },
    { title: "CPU", measure: `cpu ${of}`, figure: median, decimals: 1 },
    { ...ratio, measure: `cpu ${of}`, figure: median },
    { title: "statements", measure: `statements ${of}`, figure: median, decimals: 0 },
  ];
}

/** The server's share. The kernel counts in steps of ten milliseconds, so only the mean is useful. */
export function serverColumn(of: string): Column {
  const mean = (samples: readonly number[]) => samples.reduce((sum, one) => sum + one, 0) / samples.length;
  return { title: "server's CPU", measure: `server ${of}`, figure: mean, decimals: 1 };
}
