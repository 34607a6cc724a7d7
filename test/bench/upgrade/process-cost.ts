import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Command {
  readonly argv: readonly string[];
  readonly workingDirectory: string;
  /** The environment, without PATH and HOME. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface ProcessCost {
  /** The time from start to end. */
  readonly wallMs: number;
  /** User and system time, including children that it reaped. */
  readonly cpuMs: number;
}

/** Runs the command. Rejects with its output if it does not exit with 0. */
export async function runCommand({ argv, workingDirectory, environment }: Command): Promise<ProcessCost> {
  const [file = "", ...parameters] = argv;
  // The output goes to a file: reading a pipe would slow down commands with a lot of output.
  const outputPath = join(workingDirectory, "output");
  const output = openSync(outputPath, "w");
  const cpuBefore = cpuOfChildrenMs();
  const begunAt = performance.now();
  const child = spawn(file, parameters, {
    cwd: workingDirectory,
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: workingDirectory, ...environment },
    stdio: ["ignore", output, output],
  });
  const [code] = (await once(child, "exit")) as [number | null];
  const wallMs = performance.now() - begunAt;
  const cpuMs = cpuOfChildrenMs() - cpuBefore;
  closeSync(output);
  if (code !== 0) throw new Error(`exited with ${code}: ${readFileSync(outputPath, "utf8").trim().slice(-4000)}`);
  return { wallMs, cpuMs };
}

/** getrusage(2) for the reaped children, in microseconds. */
function cpuOfChildrenMs(): number {
  const usage = Buffer.alloc(rusageBytes);
  libc.functions.getrusage(rusageChildren, usage);
  // Two timevals: user and system time, in seconds and microseconds.
  const milliseconds = (offset: number) =>
    Number(usage.readBigInt64LE(offset)) * 1000 + Number(usage.readBigInt64LE(offset + 8)) / 1000;
  return milliseconds(0) + milliseconds(16);
}

const rusageBytes = 144;
const rusageChildren = -1;
const libc = process.getBuiltinModule("node:ffi").dlopen(null, {
  getrusage: { return: "int32", arguments: ["int32", "pointer"] },
});
