import { ExitCode, Failure } from "../../kernel/failure.ts";
import { findUnclosed } from "../sql/unclosed.ts";
import { placeOf } from "../sql/place.ts";
import { annotating } from "./annotating.ts";
import type { Anatomy, Text } from "./comments.ts";
import { dividing } from "./dividing.ts";
import { liquibase } from "./liquibase.ts";
import type { Notation, Sign } from "./notation.ts";

export interface File extends Text {
  readonly path: string;
}

/** A line of a tool, and its effect. */
export interface Found {
  readonly notation: Notation;
  readonly sign: Sign;
  readonly line: string;
  readonly index: number;
  /** Directly after the line. */
  readonly end: number;
}

const notations: readonly Notation[] = [...dividing, ...annotating, liquibase];

/**
 * The lines of tools in a file, in order. Throws a Failure (78) for a line that its tool would not understand or that
 * seaworthy does not support, and for a line inside a string, function or comment that the tool would cut there.
 */
export function findSigns(file: File, anatomy: Anatomy): readonly Found[] {
  const starts = new Set(anatomy.comments.map(({ index }) => index));
  const found: Found[] = [];
  for (const one of notations.flatMap((notation) => readSigns(file, notation))) {
    if (starts.has(one.index) || anatomy.hashes.has(one.index)) {
      if (one.sign.kind === "refused") refuse(file, one.index, `"${one.line}": ${one.sign.cause}`, one.sign.fix);
      found.push(one);
    } else if (cuts(one)) {
      refuseUnclosed(file, one);
      const cause = `"${one.line}" is inside a string, a function body or a comment, and ${one.notation.title} would cut the file there`;
      refuse(file, one.index, cause, "Change the line to something that does not look like a marker");
    }
  }
  return found.toSorted((a, b) => a.index - b.index);
}

/** Refuses an unclosed quote or comment before the line: the line is only inside it because it never ends. */
function refuseUnclosed(file: File, { index }: Found): void {
  const unclosed = findUnclosed(file.source, file.dialect);
  if (unclosed !== undefined && unclosed.index < index)
    refuse(file, unclosed.index, `${unclosed.opening} is never closed`, "Close it");
}

function readSigns({ source }: File, notation: Notation): readonly Found[] {
  return Array.from(source.matchAll(notation.claim), (match) => {
    const [text] = match;
    const line = text.trim();
    const index = match.index + text.indexOf(line);
    return { notation, sign: notation.read(line, { source, index }), line, index, end: index + line.length };
  });
}

function cuts({ notation, sign }: Found): boolean {
  if (sign.kind === "refused") return dividing.includes(notation);
  return ["up", "down", "break", "statement-begin", "statement-end"].includes(sign.kind);
}

const ownForm = "Write NAME.up.sql and NAME.down.sql instead, or remove the line";

/** Throws a Failure (78) that names the place. */
export function refuse({ path, source }: File, index: number, cause: string, fix = ownForm): never {
  const { line, column } = placeOf(source, index);
  throw new Failure(ExitCode.configuration, `${path}:${line}:${column}: ${cause}. ${fix}.`);
}
