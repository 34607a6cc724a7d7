import { spawn } from "node:child_process";
import { join } from "node:path";
import { childrenOf, pidOf } from "./proc.ts";
import { waitFor } from "./wait.ts";

const root = join(import.meta.dirname, "../..");
const bundle = join(root, "dist/seaworthy.cjs");
const programFolder = join(root, "dist/opt/seaworthy");

/** The two results of `npm run build`. */
export type Build = "bundle" | "program";

export interface ProgramOptions {
  /** Default: the bundle. */
  readonly build?: Build;
  /** Run as PID 1 of a new PID namespace (needs root). Default: false. */
  readonly asPid1?: boolean;
  readonly workingDirectory?: string;
  /** Added to PATH, a human-readable log and health on a free port. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: "ignore" | "pipe";
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  /** seaworthy's pid, in the test's PID namespace. */
  readonly pid: () => Promise<number>;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly signal: (name: NodeJS.Signals) => Promise<void>;
  /** Waits until both outputs together contain the text. */
  readonly waitForOutput: (text: string | RegExp) => Promise<void>;
  readonly ended: Promise<Ended>;
}

const environmentForTests = {
  PATH: process.env["PATH"] ?? "/usr/bin:/bin",
  SEAWORTHY_LOG_FORMAT: "human",
  SEAWORTHY_HEALTH_LISTEN: "127.0.0.1:0",
  // Most apps of tests are workers.
  SEAWORTHY_APP_READY: "false",
};

/** Starts seaworthy with these arguments. The caller must end it: leaks.ts reports it otherwise. */
export function startProgram(argv: readonly string[], options: ProgramOptions = {}): RunningProgram {
  const { build = "bundle", asPid1 = false, workingDirectory = "/", environment = {}, stdin = "ignore" } = options;
  const own = build === "bundle" ? [process.execPath, bundle, ...argv] : ["/opt/seaworthy/seaworthy", ...argv];
  const [file = "", ...parameters] = inNamespaces(own, { asPid1, mount: build === "program" });
  const child = spawn(file, parameters, {
    cwd: workingDirectory,
    env: { ...environmentForTests, ...environment },
    stdio: [stdin, "pipe", "pipe"],
  });

  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  // unshare stays outside the namespace, as the parent of its PID 1.
  const pid = async () => (asPid1 ? waitFor("PID 1", () => childrenOf(pidOf(child))[0]?.pid) : pidOf(child));
  return {
    pid,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: async (name) => void process.kill(await pid(), name),
    waitForOutput: async (text) => {
      const seen = () => (typeof text === "string" ? (stdout + stderr).includes(text) : text.test(stdout + stderr));
      await waitFor(`the output ${String(text)} in:\n${stdout}${stderr}`, seen);
    },
  };
}

/** Runs seaworthy to its end. */
export function runProgram(argv: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  return startProgram(argv, options).ended;
}

/** The self-contained program needs its libraries in /opt/seaworthy. Mounts it there, only for this process. */
function inNamespaces(
  command: readonly string[],
  { asPid1, mount }: { readonly asPid1: boolean; readonly mount: boolean },
): readonly string[] {
  const mounted = mount
    ? [
        "sh",
        "-c",
        'mount -t tmpfs tmpfs /opt && mkdir /opt/seaworthy && mount --bind "$0" /opt/seaworthy && exec "$@"',
        programFolder,
        ...command,
      ]
    : command;
  if (asPid1) return ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", ...mounted];
  return mount ? ["unshare", "--mount", ...mounted] : mounted;
}

/** The reason to skip tests with namespaces, or false. CI skips nothing. */
export const withoutRoot: string | false =
  process.getuid?.() === 0 || process.env["CI"] ? false : "needs root: namespaces and mounts";
