import { median } from "../statistics.ts";
import type { Column } from "../table.ts";

interface Options {
  /** Which of a row's measures, as in `wall 100`. */
  readonly of: string;
  readonly relativeTo: string;
}

const least = (samples: readonly number[]) => Math.min(...samples);

/** Where others use the machine as well, the least time and the CPU's time are nearer to what it costs. */
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

/** The server's share. The system counts it in steps of ten: only the mean says something. */
export function serverColumn(of: string): Column {
  const mean = (samples: readonly number[]) => samples.reduce((sum, one) => sum + one, 0) / samples.length;
  return { title: "server's CPU", measure: `server ${of}`, figure: mean, decimals: 1 };
}
