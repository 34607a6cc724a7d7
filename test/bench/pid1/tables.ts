import type { Result } from "../rounds.ts";
import { median } from "../statistics.ts";
import { formatTable, timeColumns, type Column } from "../table.ts";
import { reapLimitSeconds, settleMs } from "./lives.ts";
import { idleServerName } from "./peers.ts";

interface Results {
  readonly start: readonly Result[];
  readonly signal: readonly Result[];
  readonly exit: readonly Result[];
  readonly exitWhenIdle: readonly Result[];
  readonly orphans: readonly Result[];
  readonly memory: readonly Result[];
}

export function formatTables({ start, signal, exit, exitWhenIdle, orphans, memory }: Results): readonly string[] {
  const times = (title: string, measure: string, results: readonly Result[]) =>
    formatTable(`pid1: ${title}, in ms`, results, timeColumns(measure, "tini"));
  // Where the app is PID 1 itself, what was measured is the measuring, and the app's own way from its word to its end.
  const exits = (title: string, measure: string, results: readonly Result[]) =>
    formatTable(`pid1: ${title}, in ms`, results, [
      ...timeColumns(measure, "tini"),
      { title: "PID 1's own", measure, figure: median, decimals: 2, beyond: "nothing" },
    ]);
  const left: Column = {
    title: `left after ${reapLimitSeconds} s`,
    measure: "left",
    figure: (samples) => Math.max(...samples),
    decimals: 0,
  };
  return [
    times("from PID 1's exec to the command's start", "start", start),
    times("from USR1 to PID 1 to the app's handler", "signal", signal),
    times("from the signal that stops PID 1 to the app's handler", "stop", signal),
    exits("from the app's own exit to PID 1's", "exit", exit),
    exits(`from the app's own exit to PID 1's, after ${settleMs / 1000} s`, "exitWhenIdle", exitWhenIdle),
    exits("from the app's exit to PID 1's, when stopped", "exitWhenStopped", signal),
    formatTable("pid1: 10,000 orphans handed over at once, in ms until no zombie is left", orphans, [
      ...timeColumns("orphans", "tini"),
      left,
    ]),
    formatTable("pid1: memory of everything but the app, idle, in MB", memory, [
      ...sizeColumns("private dirty", "privateDirty"),
      ...sizeColumns("PSS", "pss"),
      ...sizeColumns("RSS", "rss"),
    ]),
  ];
}

function sizeColumns(title: string, measure: string): readonly Column[] {
  return [
    { title, measure, figure: median, decimals: 1 },
    { title: "× server", measure, figure: median, decimals: 2, relativeTo: idleServerName },
  ];
}
