import type { Place } from "./place.ts";

const width = 100;

/** The line at `place`, cut to `width` characters around it, with a caret below. */
export function excerptAt(source: string, { line, column }: Place): readonly string[] {
  const text = source.split(/\r?\n/)[line - 1] ?? "";
  const start = Math.max(0, column - 1 - Math.floor(width / 2));
  const shown = [...text]
    .slice(start, start + width)
    .join("")
    .replaceAll("\t", " ");
  const gutter = `${line} | `;
  return [`${gutter}${shown}`, `${" ".repeat(gutter.length + column - 1 - start)}^`];
}
