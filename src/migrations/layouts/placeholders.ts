import { basename } from "node:path";
import type { Anatomy } from "./comments.ts";
import type { Part } from "./parts.ts";
import { refuse, type File, type Found } from "./signs.ts";
import { templateToolOf, type Placeholder } from "./template-marks.ts";

const flywayName = /^[VUBR][\d._]*__.*\.[sS][qQ][lL]$/;

/**
 * Throws a Failure (78) for a placeholder that a tool would replace by a value: the database would store the
 * placeholder itself. Flyway replaces `${…}` everywhere, tern and dbt `{{…}}`. In other files, a string may contain it as
 * text, but SQL and quoted names may not.
 */
export function refusePlaceholders(
  file: File,
  anatomy: Anatomy,
  found: readonly Found[],
  parts: readonly Part[],
): void {
  const isRun = (index: number) => parts.some(({ from, to }) => index >= from && index < to);
  const isFlyway = flywayName.test(basename(file.path));
  const rows = rowsOfCopy.exec(file.source)?.index ?? file.source.length;
  const toolOf = ({ index, within }: Placeholder) => {
    if (!isRun(index) || index > rows) return undefined;
    if (within !== "string") return toolFor(file, index, isFlyway);
    if (file.source.startsWith("${", index)) return isFlyway ? "Flyway" : undefined;
    return file.source.startsWith("{", index) ? templateToolOf(file.path) : undefined;
  };
  for (const placeholder of anatomy.placeholders) {
    const tool = toolOf(placeholder);
    if (tool !== undefined) refuseAt(file, placeholder.index, tool);
  }
  for (const { title, placeholder: pattern } of new Set(found.map(({ notation }) => notation))) {
    const match = pattern === undefined ? undefined : findIn(file.source, pattern, parts);
    if (match !== undefined) refuseAt(file, match, title);
  }
}

/** The rows after it are not SQL. They are refused as such later (../guard.ts). */
const rowsOfCopy = /\bFROM\s+stdin\b/i;

function toolFor({ path, source }: File, index: number, isFlyway: boolean): string {
  if (source[index] === ":") return "psql or another tool";
  if (source[index] === "{") return templateToolOf(path) ?? "another tool";
  return isFlyway && source.startsWith("${", index) ? "Flyway" : "another tool";
}

function findIn(source: string, pattern: RegExp, parts: readonly Part[]): number | undefined {
  for (const { from, to } of parts) {
    const index = source.slice(from, to).search(pattern);
    if (index !== -1) return from + index;
  }
  return undefined;
}

function refuseAt(file: File, index: number, tool: string): never {
  const [text] = /^(?:\$\{[^}\r\n]*\}?|\{[{%#].*?[}%#]\}|\{\w+\}|<%.*?%>|\$\(\w+\)|\$\w+|:["']?\w+["']?|\S{1,40})/.exec(
    file.source.slice(index, index + 80),
  ) ?? [""];
  const fix = "Write the value itself, or let a .js migration or the tool run it";
  return refuse(file, index, `"${text}" is a placeholder of ${tool}, and seaworthy does not replace it`, fix);
}
