import { statSync } from "node:fs";
import { asideEndings, otherEndings, sqlEndings } from "./endings.ts";
import { readHead, type Entry } from "./listing.ts";
import { refuseFile } from "./refusal.ts";

/** A leading number, or Flyway's version. Without one, a program beside migrations is most likely their runner. */
const numbered = /^(?:\d+(?:[-_. ]|$)|V[\d._]+__)/;
const neverProgram: ReadonlySet<string> = new Set([
  ...otherEndings,
  ...asideEndings,
  ...sqlEndings,
  "sql",
  "js",
  "mjs",
  "cjs",
]);

/** `NAME.sh`, `NAME.up.sh`, and `NAME` of a program without an ending. */
const stemOf = /^(.+?)(?:\.up)?(?:\.[a-z]\w*)?$/i;

/**
 * The name of a migration that is a program: numbered, executable, and of a format that the kernel runs. Undefined for
 * other files. `COPY --chmod=755` makes all files executable, so the run bit alone does not make a program. Throws a
 * Failure (78) for a program without its run bit.
 */
export function programName({ name, path, kind }: Entry): string | undefined {
  if (kind !== "file" || !numbered.test(name) || neverProgram.has(endingOf(name)) || /\.sql\.[^.]+$/i.test(name))
    return undefined;
  const isRunnable = isProgram(readHead(path));
  if (!isRunnable) return undefined;
  if (!hasRunBit(path)) {
    const fix = "Set it with chmod +x before the image is built, or with COPY --chmod=755";
    refuseFile(path, "it is a program without its run bit, so it cannot be run", fix);
  }
  return stemOf.exec(name)?.[1];
}

function endingOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
}

/** A script that names its interpreter, or a binary for Linux. Anything else, libc would pass to a shell. */
function isProgram(head: string): boolean {
  return head.startsWith("#!") || head.startsWith("\u007FELF");
}

function hasRunBit(path: string): boolean {
  const anyX = 0o111;
  return (statSync(path).mode & anyX) !== 0;
}
