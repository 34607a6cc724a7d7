import type { Result } from "./rounds.ts";
import { median, percentile } from "./statistics.ts";

/** One column: the same figure for every row. */
export interface Column {
  readonly title: string;
  /** The row's measure that the figure is computed from. */
  readonly measure: string;
  readonly figure: (samples: readonly number[]) => number;
  readonly decimals: number;
  /** Show the ratio to this row's figure instead. */
  readonly relativeTo?: string;
  /** Show the difference from this row's figure instead: that row is the cost of measuring. */
  readonly beyond?: string;
}

/** Median, tail, and the ratio to the base row's median. The ratio also holds on other machines. */
export function timeColumns(measure: string, base: string): readonly Column[] {
  return [
    { title: "median", measure, figure: median, decimals: 2 },
    { title: "p95", measure, figure: (samples) => percentile(samples, 0.95), decimals: 2 },
    { title: "p99", measure, figure: (samples) => percentile(samples, 0.99), decimals: 2 },
    { title: `× ${base}`, measure, figure: median, decimals: 2, relativeTo: base },
  ];
}

/** Formats the rows in the given order. A row without figures shows the reason. */
export function formatTable(title: string, results: readonly Result[], columns: readonly Column[]): string {
  const header = ["", ...columns.map((column) => column.title)];
  const rows = results.map((result) => [result.name, ...columns.map((column) => formatCell(result, column, results))]);
  const widths = header.map((_, index) => Math.max(...[header, ...rows].map((cells) => cells[index]?.length ?? 0)));
  const align = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)));
  const lines = rows.map((cells, index) => {
    const reason = reasonFor(results[index], columns);
    return reason === undefined ? align(cells).join("  ") : `${align(cells)[0]}  ${reason}`;
  });
  return [title, align(header).join("  "), ...lines].join("\n");
}

function formatCell(result: Result, column: Column, results: readonly Result[]): string {
  const value = figureOf(result, column);
  if (value === undefined) return "–";
  const other = column.relativeTo ?? column.beyond;
  if (other === undefined) return value.toFixed(column.decimals);
  const base = results.find(({ name }) => name === other);
  const figure = base === undefined ? undefined : figureOf(base, column);
  if (figure === undefined) return "–";
  return (column.beyond === undefined ? value / figure : value - figure).toFixed(column.decimals);
}

function figureOf({ samples }: Result, { measure, figure }: Column): number | undefined {
  const measured = samples.get(measure);
  return measured === undefined || measured.length === 0 ? undefined : figure(measured);
}

function reasonFor(result: Result | undefined, columns: readonly Column[]): string | undefined {
  if (result === undefined || columns.some((column) => figureOf(result, column) !== undefined)) return undefined;
  const note = columns.map(({ measure }) => result.notes[measure]).find((text) => text !== undefined);
  return result.leftOut ?? note ?? "nothing measured";
}
