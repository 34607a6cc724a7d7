import { constants, copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * A second copy of Node, for the measured programs. If they shared pages with the bench's Node, those would count half.
 * It is on the project's disk, because files in a /tmp in memory count as dirty. It is deleted when this process exits.
 */
export function copyNode(): string {
  const path = join(import.meta.dirname, `../../../dist/node-for-bench-${process.pid}`);
  process.once("exit", () => rmSync(path, { force: true }));
  copyFileSync(process.execPath, path, constants.COPYFILE_FICLONE);
  return path;
}
