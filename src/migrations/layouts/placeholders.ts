import { basename } from "node:path";
import type { Anatomy, Placeholder } from "./comments.ts";
import type { Part } from "./parts.ts";
import { refuse, type File, type Found } from "./signs.ts";

const flywayName = /^[VUBR][\d._]*__.*\.[sS][qQ][lL]$/;

/**
 * Throws a Failure (78) for a placeholder that a tool would replace by a value: the database would store the
 * placeholder itself. Flyway replaces `${…}` everywhere. In other files, a string may contain it as text, but SQL and
 * quoted names may not.
 */
export function refusePlaceholders(
  file: File,
  anatomy: Anatomy,
  found: readonly Found[],
  parts: readonly Part[],
): void {
  const isRun = (index: number) => parts.some(({ from, to }) => index >= from && index < to);
  const isFlyway = flywayName.test(basename(file.path));
  const counts = ({ index, within }: Placeholder) => isRun(index) && (isFlyway || within !== "string");
  const placeholder = anatomy.placeholders.find(counts);
  if (placeholder !== undefined) refuseAt(file, placeholder.index, toolFor(file, placeholder.index, isFlyway));
  for (const { title, placeholder: pattern } of new Set(found.map(({ notation }) => notation))) {
    const match = pattern === undefined ? undefined : findIn(file.source, pattern, parts);
    if (match !== undefined) refuseAt(file, match, title);
  }
}

function toolFor({ source }: File, index: number, isFlyway: boolean): string {
  if (source[index] === ":") return "psql or another tool";
  return isFlyway ? "Flyway" : "another tool";
}

function findIn(source: string, pattern: RegExp, parts: readonly Part[]): number | undefined {
  for (const { from, to } of parts) {
    const index = source.slice(from, to).search(pattern);
    if (index !== -1) return from + index;
  }
  return undefined;
}

function refuseAt(file: File, index: number, tool: string): never {
  const [text] = /^(?:\$\{[^}\r\n]*\}?|:["']?\w+["']?|\S{1,40})/.exec(file.source.slice(index, index + 80)) ?? [""];
  const fix = "Write the value itself, or let a .js migration or the tool run it";
  return refuse(file, index, `"${text}" is a placeholder of ${tool}, and seaworthy does not replace it`, fix);
}
