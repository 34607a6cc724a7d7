import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder above that has `.git`, or else this folder: annotations of a pull request have paths relative to it. */
export function findRepositoryRoot(folder: string): string {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, ".git"))) return current;
    if (dirname(current) === current) return folder;
  }
}
