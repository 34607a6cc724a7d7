import { accessSync } from "node:fs";
import { join } from "node:path";

const interpreter = "/usr/bin/python3";

function isThere(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The reason to skip tests with Python apps, or false. CI skips nothing. */
export const withoutPython: string | false =
  isThere(interpreter) || process.env["CI"] ? false : `needs ${interpreter}: apt-get install python3`;

/** The command that runs an app of test/fixtures. */
export function python(name: string, ...parameters: readonly string[]): readonly string[] {
  return [interpreter, "-IS", join(import.meta.dirname, "../fixtures/pid1", name), ...parameters];
}
