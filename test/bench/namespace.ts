import { spawnSync } from "node:child_process";
import { join } from "node:path";

const programFolder = join(import.meta.dirname, "../../dist/opt/seaworthy");

/** Says that the process is in the namespace of enterNamespace already. */
export const insideFlag = "--inside-namespace";

/** Whether this user may make the namespaces that the bench needs. */
export function canEnterNamespace(): boolean {
  const { status } = spawnSync("unshare", ["--mount", "--pid", "--fork", "--mount-proc", "true"], { stdio: "ignore" });
  return status === 0;
}

/**
 * Replaces the process by itself in a mount namespace of its own, where the self-contained program lies in the one
 * place in which it finds its libraries. Done once for the whole bench: no mount is part of what is timed.
 */
export function enterNamespace(argv: readonly string[]): never {
  const mount = 'mount -t tmpfs tmpfs /opt && mkdir /opt/seaworthy && mount --bind "$0" /opt/seaworthy && exec "$@"';
  const self = [process.execPath, "--disable-warning=ExperimentalWarning", process.argv[1] ?? "", insideFlag, ...argv];
  process.execve?.("/usr/bin/env", ["env", "unshare", "--mount", "sh", "-c", mount, programFolder, ...self]);
  throw new Error("internal error: execve returned");
}
