import { spawnSync } from "node:child_process";
import { cpus, loadavg, release, type } from "node:os";

/** What the figures were measured on: without it, only their ratios mean something. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown CPU";
  const load = loadavg()[0]?.toFixed(2);
  return `${model}, ${cpus().length} cores, ${type()} ${release()}, Node ${process.version}, load ${load}`;
}

/** The versions of Debian's packages; empty on other systems. */
export function describePackages(names: readonly string[]): string {
  const { stdout } = spawnSync("dpkg-query", ["--show", "--showformat=${Package} ${Version}\n", ...names], {
    encoding: "utf8",
  });
  const installed = (stdout ?? "").split("\n").filter((line) => /^\S+ \S+$/.test(line));
  return installed.join(", ");
}
