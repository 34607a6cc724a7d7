import { spawn } from "node:child_process";
import { join } from "node:path";
import { childrenOf, pidOf } from "./proc.ts";
import { waitFor } from "./wait.ts";

const root = join(import.meta.dirname, "../..");
const bundle = join(root, "dist/seaworthy.cjs");
const programFolder = join(root, "dist/opt/seaworthy");

/** The two things that `npm run build` makes. */
export type Build = "bundle" | "program";

export interface ProgramOptions {
  /** Default: the bundle. */
  readonly build?: Build;
  /** As PID 1 of a PID namespace of its own (needs root). Default: false. */
  readonly asPid1?: boolean;
  readonly workingDirectory?: string;
  /** The whole environment, beside PATH and a log for people. */
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
  /** seaworthy's own pid, as seen from here. */
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
};

/** Starts seaworthy with these arguments. Whoever starts it ends it: see `startedPrograms` in leaks.ts. */
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
  // unshare stays outside as the parent of the namespace's PID 1.
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

/** The self-contained program finds its libraries in /opt/seaworthy only: mount it there, for this process alone. */
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

/** Why tests with namespaces cannot run here; false where they can. In CI nothing is skipped. */
export const withoutRoot: string | false =
  process.getuid?.() === 0 || process.env["CI"] ? false : "needs root: namespaces and mounts";
