import { spawn, spawnSync } from "node:child_process";
import { accessSync } from "node:fs";

/** Debian's client, even if another one comes first on PATH. */
export const dockerProgram = "/usr/bin/docker";

export interface DockerOptions {
  /** The content of stdin. Default: empty. */
  readonly input?: string;
  /** Added to our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: the tests' working directory. */
  readonly workingDirectory?: string;
}

export interface DockerEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `docker …` to its end. Does not reject if it fails. */
export function tryDocker(parameters: readonly string[], options: DockerOptions = {}): Promise<DockerEnd> {
  return tryOnHost([dockerProgram, ...parameters], options);
}

/** Runs `docker …`. Returns its output without the last newline. Rejects with the output if it fails. */
export async function docker(parameters: readonly string[], options: DockerOptions = {}): Promise<string> {
  return successOf([dockerProgram, ...parameters], await tryDocker(parameters, options));
}

/** Like `docker`, for any program on the host. */
export async function runOnHost(command: readonly string[], options: DockerOptions = {}): Promise<string> {
  return successOf(command, await tryOnHost(command, options));
}

function successOf(command: readonly string[], { code, stdout, stderr }: DockerEnd): string {
  if (code !== 0) throw new Error(`${command.join(" ")} failed with ${code}:\n${stdout}${stderr}`);
  return stdout.trimEnd();
}

/** Like `tryDocker`, for any program on the host. */
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
  // The program may end before it has read all input.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** The reason to skip tests with containers, or false. CI skips nothing. */
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
