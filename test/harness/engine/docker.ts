import { spawn, spawnSync } from "node:child_process";
import { accessSync } from "node:fs";

/** Debian's, not another one that may come first on PATH. */
export const dockerProgram = "/usr/bin/docker";

export interface DockerOptions {
  /** What it reads from stdin. Default: nothing. */
  readonly input?: string;
  /** Beside our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: that of the tests. */
  readonly workingDirectory?: string;
}

export interface DockerEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `docker …` to its end, whatever that is. */
export function tryDocker(parameters: readonly string[], options: DockerOptions = {}): Promise<DockerEnd> {
  return tryOnHost([dockerProgram, ...parameters], options);
}

/** As `tryDocker`; its output without the last line's end. Rejects, with what it said, where it fails. */
export async function docker(parameters: readonly string[], options: DockerOptions = {}): Promise<string> {
  return successOf([dockerProgram, ...parameters], await tryDocker(parameters, options));
}

/** Any program of the host, as `docker` is run. */
export async function runOnHost(command: readonly string[], options: DockerOptions = {}): Promise<string> {
  return successOf(command, await tryOnHost(command, options));
}

function successOf(command: readonly string[], { code, stdout, stderr }: DockerEnd): string {
  if (code !== 0) throw new Error(`${command.join(" ")} failed with ${code}:\n${stdout}${stderr}`);
  return stdout.trimEnd();
}

/** As `tryDocker`, any program of the host. */
export function tryOnHost([file = "", ...parameters]: readonly string[], options: DockerOptions): Promise<DockerEnd> {
  const { input = "", environment = {}, workingDirectory } = options;
  const child = spawn(file, parameters, {
    ...(workingDirectory !== undefined && { cwd: workingDirectory }),
    env: { ...process.env, DOCKER_BUILDKIT: "1", ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // It may end before it has read all.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Why tests with containers cannot run here; false where they can. In CI nothing is skipped. */
export const withoutEngine: string | false = process.env["CI"] ? false : missingEngine();

function missingEngine(): string | false {
  try {
    accessSync(dockerProgram);
  } catch {
    return "not installed: apt-get install docker.io";
  }
  const { status, stderr } = spawnSync(dockerProgram, ["version", "--format", "{{.Server.Version}}"]);
  return status === 0 ? false : `no Docker engine: ${String(stderr).trim()}`;
}
