import {
  EVENT_ALIAS,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  SCALAR_STYLE_DOUBLE_QUOTED,
  SCALAR_STYLE_SINGLE_QUOTED,
  getScalarValue,
  parseEvents,
  type Event,
} from "js-yaml";
import { joinPath } from "../shapes/shape.ts";

/** A place in the configuration file. Both numbers count from 1. */
export interface FilePlace {
  readonly line: number;
  readonly column: number;
}

/**
 * The place of every key and list item of a YAML file, by its path: `dependencies.schema.url`, `run[0]`. JSON is read as
 * YAML. A file that js-yaml cannot read as events has no places.
 */
export function placesIn(text: string): ReadonlyMap<string, FilePlace> {
  try {
    return readEvents(text);
  } catch {
    return new Map();
  }
}

/** An open map or list. */
interface Level {
  readonly path: string;
  readonly isMap: boolean;
  /** The number of its children so far; keys of a map count too. */
  count: number;
  key: string;
}

function readEvents(text: string): ReadonlyMap<string, FilePlace> {
  const starts = lineStarts(text);
  const places = new Map<string, FilePlace>();
  const levels: Level[] = [];
  for (const event of parseEvents(text, {})) {
    if (event.type === EVENT_POP) {
      levels.pop();
      continue;
    }
    const at = startOf(event);
    if (at === undefined) {
      levels.push({ path: "", isMap: false, count: -1, key: "" });
      continue;
    }
    const level = levels.at(-1);
    const isKey = level?.isMap === true && level.count % 2 === 0;
    const path = level === undefined || level.count < 0 ? "" : pathIn(level);
    if (isKey && level !== undefined) {
      level.key = event.type === EVENT_SCALAR ? getScalarValue(text, event) : "";
      places.set(joinPath(level.path, level.key), placeAt(at, starts));
    } else if (level?.isMap === false && level.count >= 0) places.set(path, placeAt(at, starts));
    if (level !== undefined && level.count >= 0) level.count++;
    if (event.type === EVENT_MAPPING || event.type === EVENT_SEQUENCE)
      levels.push({ path, isMap: event.type === EVENT_MAPPING, count: 0, key: "" });
  }
  return places;
}

/** Undefined for a document. */
function startOf(event: Event): number | undefined {
  if (event.type === EVENT_SCALAR) {
    const isQuoted = event.style === SCALAR_STYLE_DOUBLE_QUOTED || event.style === SCALAR_STYLE_SINGLE_QUOTED;
    return isQuoted ? event.valueStart - 1 : event.valueStart;
  }
  if (event.type === EVENT_ALIAS) return event.anchorStart;
  return event.type === EVENT_MAPPING || event.type === EVENT_SEQUENCE ? event.start : undefined;
}

function pathIn({ path, isMap, count, key }: Level): string {
  return isMap ? joinPath(path, key) : joinPath(path, count);
}

function lineStarts(text: string): readonly number[] {
  return [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (found) => found.index + found[0].length)];
}

function placeAt(index: number, starts: readonly number[]): FilePlace {
  const line = starts.findLastIndex((start) => start <= index);
  return { line: line + 1, column: index - (starts[line] ?? 0) + 1 };
}
