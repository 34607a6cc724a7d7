import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The program's path from PATH, or undefined. */
export function inPath(program: string): string | undefined {
  const folders = (process.env["PATH"] ?? "/usr/bin:/bin").split(delimiter);
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The note for a program that is not installed. */
export const install = (debianPackage: string): string => `not installed: apt-get install -y ${debianPackage}`;
