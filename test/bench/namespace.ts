import { spawnSync } from "node:child_process";
import { join } from "node:path";

const programFolder = join(import.meta.dirname, "../../dist/opt/seaworthy");

/** Marks a process that already runs in the namespace of enterNamespace. */
export const insideFlag = "--inside-namespace";

/** Whether this user may create the namespaces that the bench needs. */
export function canEnterNamespace(): boolean {
  const { status } = spawnSync("unshare", ["--mount", "--pid", "--fork", "--mount-proc", "true"], { stdio: "ignore" });
  return status === 0;
}

/**
 * Restarts this process in a new mount namespace, in which the self-contained program is at its installed path: only
 * there it finds its libraries. This happens once per bench, so no measurement includes a mount.
 */
export function enterNamespace(argv: readonly string[]): never {
  const mount = 'mount -t tmpfs tmpfs /opt && mkdir /opt/seaworthy && mount --bind "$0" /opt/seaworthy && exec "$@"';
  const self = [process.execPath, "--disable-warning=ExperimentalWarning", process.argv[1] ?? "", insideFlag, ...argv];
  process.execve?.("/usr/bin/env", ["env", "unshare", "--mount", "sh", "-c", mount, programFolder, ...self]);
  throw new Error("internal error: execve returned");
}
