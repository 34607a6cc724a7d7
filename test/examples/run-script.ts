import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { scratchPath } from "../harness/scratch.ts";
import { examples } from "./files.ts";

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The calls of tools on its PATH. */
  readonly calls: readonly string[];
}

/** Runs a copy of an example's script with fake tools that record their calls and give prepared answers. */
export async function runScript(
  path: string,
  argv: readonly string[],
  tools: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const folder = scratchPath("script");
  const bin = join(folder, "bin");
  const log = join(folder, "calls");
  const [example = ""] = path.split("/", 1);
  cpSync(join(examples, example), join(folder, example), { recursive: true });
  mkdirSync(bin);
  for (const [name, answer] of Object.entries(tools)) {
    writeFileSync(join(bin, name), `#!/bin/sh\nprintf '%s\\n' "${name} $*" >>"${log}"\n${answer}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const child = spawn(join(folder, path), argv, {
    env: { PATH: `${bin}${delimiter}/usr/bin:/bin`, POLL_SECONDS: "0.05", FOLDER: folder, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr, calls: existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : [] };
}

/** Gives the first answer `times` times, and then the last one. */
export const later = (times: number, first: string, last: string) =>
  `count=$(cat "$FOLDER/count" 2>/dev/null || echo 0); echo $((count + 1)) >"$FOLDER/count"; if [ "$count" -lt ${times} ]; then ${first}; else ${last}; fi`;
