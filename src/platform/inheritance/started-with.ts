import { openSync, readFileSync, readlinkSync } from "node:fs";
import { decodeExactly } from "./exact-text.ts";

/** Node replaces every byte that is not UTF-8 with this. */
const replacement = "\uFFFD";

/** seaworthy's arguments without loss: Node's, unless Node has replaced a byte (exact-text.ts). */
export function exactArguments(lossy: readonly string[]): readonly string[] {
  if (!lossy.some((word) => word.includes(replacement))) return lossy;
  const exact = readStrings("/proc/self/cmdline");
  // The words before them start the bundle.
  return exact === undefined ? lossy : exact.slice(exact.length - lossy.length);
}

type Variables = Readonly<Record<string, string | undefined>>;

/** seaworthy's environment without loss. Node lists a variable whose name is not UTF-8, but has no value for it. */
export function exactVariables(lossy: Variables): Variables {
  // Object.keys leaves out variables without a value.
  const names = Reflect.ownKeys(lossy) as readonly string[];
  if (!names.some((name) => name.includes(replacement) || lossy[name]?.includes(replacement))) return lossy;
  const exact = readStrings("/proc/self/environ");
  if (exact === undefined) return lossy;
  const variables: Record<string, string> = {};
  for (const entry of exact) {
    const equals = entry.indexOf("=", 1);
    // Like getenv, takes the first of two variables with the same name.
    if (equals > 0) variables[entry.slice(0, equals)] ??= entry.slice(equals + 1);
  }
  return variables;
}

/**
 * Another path to the working directory, if its own path is not UTF-8: node:fs cannot find such a path. The descriptor
 * stays open. Undefined if Node's path is correct.
 */
export function openForeignDirectory(lossy: string): string | undefined {
  if (!lossy.includes(replacement)) return undefined;
  try {
    if (decodeExactly(readlinkSync("/proc/self/cwd", { encoding: "buffer" })).isWellFormed()) return undefined;
    return `/proc/self/fd/${openSync(".", "r")}`;
  } catch {
    // Without /proc, or without the right to read the directory, there is no other path.
    return undefined;
  }
}

/** Reads strings that the kernel separates by zeros. Undefined without /proc. */
function readStrings(file: string): readonly string[] | undefined {
  try {
    const bytes = readFileSync(file);
    const strings: string[] = [];
    for (let start = 0, end; (end = bytes.indexOf(0, start)) !== -1; start = end + 1) {
      strings.push(decodeExactly(bytes.subarray(start, end)));
    }
    return strings;
  } catch {
    return undefined;
  }
}
