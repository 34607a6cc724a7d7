import { accessSync, constants, statSync } from "node:fs";
import { openForeignDirectory } from "./started-with.ts";

/**
 * The working directory, for one that no path leads to. It holds in every process that inherits ours, so we must not
 * leave it. A child is started without changing into it: entering may be forbidden where staying is not.
 */
export const inheritedDirectory = "/proc/self/cwd";

export interface WorkingDirectory {
  readonly path: string;
  /** What to tell people about one that cannot be reached by its path. */
  readonly warning?: string;
}

/** Where we were started. Programs start in such a directory as well, whatever has become of it: so does the app. */
export function findWorkingDirectory(): WorkingDirectory {
  let path: string;
  try {
    path = process.cwd();
  } catch {
    // Libraries ask for it as they are loaded (yargs, execa), and would end us.
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
  "The app starts in it, and no seaworthy.yaml, .env or migrations are found in it. Check WORKDIR, its mounts and its rights.";

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
