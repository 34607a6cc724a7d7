import { openSync, readFileSync, readlinkSync } from "node:fs";
import { decodeExactly } from "./exact-text.ts";

/** What Node puts in the place of every byte that is not UTF-8. */
const replacement = "\uFFFD";

/** Our arguments as they were given: as Node has them, unless it has lost something (exact-text.ts). */
export function exactArguments(lossy: readonly string[]): readonly string[] {
  if (!lossy.some((word) => word.includes(replacement))) return lossy;
  const exact = readStrings("/proc/self/cmdline");
  // Before them stands how the bundle was started.
  return exact === undefined ? lossy : exact.slice(exact.length - lossy.length);
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Our environment as it was given. In Node's, a variable whose name is not UTF-8 is named, but not there. */
export function exactVariables(lossy: Variables): Variables {
  // Object.keys leaves out what is not there.
  const names = Reflect.ownKeys(lossy) as readonly string[];
  if (!names.some((name) => name.includes(replacement) || lossy[name]?.includes(replacement))) return lossy;
  const exact = readStrings("/proc/self/environ");
  if (exact === undefined) return lossy;
  const variables: Record<string, string> = {};
  for (const entry of exact) {
    const equals = entry.indexOf("=", 1);
    // getenv takes the first of two.
    if (equals > 0) variables[entry.slice(0, equals)] ??= entry.slice(equals + 1);
  }
  return variables;
}

/**
 * Another path to our working directory, where its own is not UTF-8: node:fs could not find it by that. The descriptor
 * stays open. Undefined where the path is as Node has it.
 */
export function openForeignDirectory(lossy: string): string | undefined {
  if (!lossy.includes(replacement)) return undefined;
  try {
    if (decodeExactly(readlinkSync("/proc/self/cwd", { encoding: "buffer" })).isWellFormed()) return undefined;
    return `/proc/self/fd/${openSync(".", "r")}`;
  } catch {
    // Without /proc, or for a directory that we may not read, there is no other path.
    return undefined;
  }
}

/** What the kernel separates by zeros. Undefined without /proc. */
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
