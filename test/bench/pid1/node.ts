import { constants, copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * A Node of the measured programs' own. The bench runs on the other: pages that it shares with them would count half.
 * On the disk of the project, since files in a /tmp that is in memory count as dirty. It goes with this process.
 */
export function copyNode(): string {
  const path = join(import.meta.dirname, `../../../dist/node-for-bench-${process.pid}`);
  process.once("exit", () => rmSync(path, { force: true }));
  copyFileSync(process.execPath, path, constants.COPYFILE_FICLONE);
  return path;
}
