import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Place } from "./sql/place.ts";

/**
 * The first place in a module's file that an error's stack names. V8 counts columns in UTF-16 units. If V8 cannot parse
 * a file, the stack names it above the message, mostly with a caret below the line. For an ES module it names nothing.
 */
export function placeInModule(path: string, error: unknown): Place | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const absolute = resolve(path);
  const isIt = (file = "") => file === absolute || file === pathToFileURL(absolute).href;
  const [, unparsed, head, caret] = /^(.*):(\d+)\n(?:.*\n( *)\^)?/.exec(stack) ?? [];
  if (isIt(unparsed)) return { line: Number(head), column: (caret ?? "").length + 1 };
  const frames = stack.matchAll(/^ +at (?:.*\()?(.*?):(\d+):(\d+)\)?$/gm);
  for (const [, file, line, column] of frames) if (isIt(file)) return { line: Number(line), column: Number(column) };
  return undefined;
}
