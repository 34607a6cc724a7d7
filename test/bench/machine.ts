import { spawnSync } from "node:child_process";
import { cpus, loadavg, release, type } from "node:os";

/** Describes the machine. Without it, only ratios can be compared. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown CPU";
  const load = loadavg()[0]?.toFixed(2);
  return `${model}, ${cpus().length} cores, ${type()} ${release()}, Node ${process.version}, load ${load}`;
}

/** The versions of Debian packages. Empty on other systems. */
export function describePackages(names: readonly string[]): string {
  const { stdout } = spawnSync("dpkg-query", ["--show", "--showformat=${Package} ${Version}\n", ...names], {
    encoding: "utf8",
  });
  const installed = (stdout ?? "").split("\n").filter((line) => /^\S+ \S+$/.test(line));
  return installed.join(", ");
}
