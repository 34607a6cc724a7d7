import { accessSync, constants, statSync } from "node:fs";
import { openForeignDirectory } from "./started-with.ts";

/**
 * The path of a working directory that has no other path. It is valid in every process that inherits seaworthy's, so
 * seaworthy must not leave it. A child starts without changing into it: a process may stay in a directory that it may
 * not enter.
 */
export const inheritedDirectory = "/proc/self/cwd";

export interface WorkingDirectory {
  readonly path: string;
  /** A warning, if the directory cannot be reached by its path. */
  readonly warning?: string;
}

/** Finds the directory that seaworthy was started in. The app starts in it even if it was removed or hidden. */
export function findWorkingDirectory(): WorkingDirectory {
  let path: string;
  try {
    path = process.cwd();
  } catch {
    // yargs and execa call process.cwd() when they load. An error there would end seaworthy.
    process.cwd = () => inheritedDirectory;
    return { path: inheritedDirectory, warning: `the working directory was removed. ${consequence}` };
  }
  const foreign = openForeignDirectory(path);
  if (foreign !== undefined) return { path: foreign };
  const obstacle = findObstacle(path);
  if (obstacle === undefined) return { path };
  return { path: inheritedDirectory, warning: `the working directory ${path} ${obstacle}. ${consequence}` };
}

const consequence =
  "The app starts in it, but seaworthy finds no seaworthy.yaml, .env or migrations in it. Check WORKDIR, its mounts and its rights.";

function findObstacle(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    const [here, there] = [statSync("."), statSync(path)];
    return here.ino === there.ino && here.dev === there.dev ? undefined : "is hidden by a later mount";
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EACCES" ? "cannot be entered: permission denied" : `cannot be entered (${code})`;
  }
}
