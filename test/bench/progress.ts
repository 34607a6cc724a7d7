/** In a log, lines come at most this often: a row may take milliseconds. */
const everyMs = 2000;

interface Written {
  readonly isTTY?: boolean;
  readonly write: (text: string) => unknown;
}

/** Says on stderr what the bench is doing. */
export interface Progress {
  /** Before row `row` of `round`, both from 0. */
  readonly begin: (round: number, row: number, text: string) => void;
  /** After it. `isOver`: it is left out of later rounds. */
  readonly end: (row: number, isOver: boolean) => void;
  readonly close: () => void;
}

export interface ProgressOptions {
  readonly title: string;
  readonly rounds: number;
  readonly rows: number;
  readonly now?: () => number;
  readonly stderr?: Written;
}

/** Overwrites one line on a terminal, and writes lines to a log, with the time that the table still needs. */
export function showProgress(options: ProgressOptions): Progress {
  const { title, rounds, rows, now = () => performance.now(), stderr = process.stderr } = options;
  const spent = Array.from({ length: rows }, () => ({ ms: 0, runs: 0, isOver: false }));
  let begunAt = 0;
  let shownAt = -Infinity;
  /** A row that has not run yet counts as the mean of the others. */
  const leftMs = (round: number, row: number): number | undefined => {
    const known = spent.filter(({ runs }) => runs > 0).map(({ ms, runs }) => ms / runs);
    if (known.length === 0) return undefined;
    const mean = known.reduce((sum, one) => sum + one, 0) / known.length;
    return spent.reduce((sum, { ms, runs, isOver }, index) => {
      const runsLeft = isOver ? 0 : rounds - round - (index < row ? 1 : 0);
      return sum + runsLeft * (runs > 0 ? ms / runs : mean);
    }, 0);
  };
  return {
    begin(round, row, text) {
      begunAt = now();
      if (stderr.isTTY !== true && begunAt - shownAt < everyMs) return;
      shownAt = begunAt;
      const left = leftMs(round, row);
      const line = `${title}: ${text}${left === undefined ? "" : `, about ${formatLeft(left)} left`}`;
      stderr.write(stderr.isTTY === true ? `\r\x1b[K${line}` : `${line}\n`);
    },
    end(row, isOver) {
      const one = spent[row];
      if (one === undefined) return;
      one.ms += now() - begunAt;
      one.runs++;
      one.isOver = isOver;
    },
    close() {
      if (stderr.isTTY === true) stderr.write("\r\x1b[K");
    },
  };
}

function formatLeft(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
