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
  // The row in which the app is PID 1 shows the cost of measuring, and of the app's own exit.
  const exits = (title: string, measure: string, results: readonly Result[]) =>
    formatTable(`pid1: ${title}, in ms`, results, [
      ...timeColumns(measure, "tini"),
      { title: "PID 1's share", measure, figure: median, decimals: 2, beyond: "nothing" },
    ]);
  const left: Column = {
    title: `left after ${reapLimitSeconds} s`,
    measure: "left",
    figure: (samples) => Math.max(...samples),
    decimals: 0,
  };
  return [
    times("from PID 1's exec to the command's start", "start", start),
    times("from sending USR1 to PID 1 until the app's handler runs", "signal", signal),
    times("from sending the stop signal to PID 1 until the app's handler runs", "stop", signal),
    exits("from the app's exit to PID 1's", "exit", exit),
    exits(`from the app's exit to PID 1's, after ${settleMs / 1000} s`, "exitWhenIdle", exitWhenIdle),
    exits("from the app's exit to PID 1's, after a stop signal", "exitWhenStopped", signal),
    formatTable("pid1: reaping 10,000 orphans that arrive at once, in ms", orphans, [
      ...timeColumns("orphans", "tini"),
      left,
    ]),
    formatTable("pid1: idle memory of everything except the app, in MB", memory, [
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
