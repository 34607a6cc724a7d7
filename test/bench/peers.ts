import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where the program is in PATH, else undefined. */
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

/** What to say of a program that is not there. */
export const install = (debianPackage: string): string => `not installed: apt-get install -y ${debianPackage}`;
