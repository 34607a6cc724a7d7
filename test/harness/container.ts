import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { pidOf, processesWith, treeOf, tryKill, type ProcessEntry } from "./proc.ts";
import { anyPort, commandOf, type CommandOptions, type Variant } from "./variants.ts";
import { waitFor } from "./wait.ts";

export interface ContainerOptions extends CommandOptions {
  /** Added to PATH, a human-readable log and health on a free port. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: /. */
  readonly workingDirectory?: string;
  readonly stdin?: "ignore" | "pipe";
}

export interface ContainerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** seaworthy with an app, or the app alone as a control. Declare it with `using`: all its processes end with the test. */
export interface Container extends Disposable {
  /** seaworthy's pid, in the test's PID namespace. */
  readonly pid: () => Promise<number>;
  readonly send: (signal: NodeJS.Signals | number) => Promise<void>;
  readonly stdout: () => string;
  /** The complete lines of stdout. */
  readonly lines: () => readonly string[];
  readonly stderr: () => string;
  /** Checks a condition after every output. Rejects if the container ends first. */
  readonly until: (what: string, holds: () => boolean) => Promise<void>;
  /** Waits until stdout has this line, this many times. */
  readonly untilLine: (line: string, times?: number) => Promise<void>;
  readonly stdin: NodeJS.WritableStream | null;
  readonly stopReading: (stream: "stdout" | "stderr") => void;
  /** Asks the health endpoint. */
  readonly get: (path: string) => Promise<{ readonly status: number; readonly body: HealthDocument }>;
  readonly ended: Promise<ContainerEnd>;
  /** The container's processes that still run, even if they have another parent now. */
  readonly survivors: () => readonly ProcessEntry[];
}

/** The parts of a health document that the tests read. */
export interface HealthDocument {
  readonly status: string;
  readonly phase: string;
  readonly output?: string;
  readonly checks: Readonly<Record<string, readonly ProcessCheck[]>>;
}

interface ProcessCheck {
  readonly observedValue: string;
  readonly restarts: number;
  readonly status: string;
}

/** Far longer than anything takes on a loaded machine. */
const limitMs = 40_000;
/** A variable in the environment of every process of a container. */
export const markName = "TEST_CONTAINER";

export function startContainer(variant: Variant, argv: readonly string[], options: ContainerOptions = {}): Container {
  const { environment = {}, workingDirectory = "/", stdin = "ignore", settings } = options;
  const mark = `${markName}=${randomUUID()}`;
  const [file = "", ...parameters] = commandOf(variant, argv, options);
  const child = spawn(file, parameters, {
    cwd: workingDirectory,
    env: {
      ...environmentForTests,
      [markName]: mark.slice(markName.length + 1),
      // Only without a file, because the environment wins over it.
      ...(settings === undefined && { SEAWORTHY_HEALTH_LISTEN: anyPort, SEAWORTHY_APP_READY: "false" }),
      ...environment,
    },
    stdio: [stdin, "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  /** Called after every output and at the end. */
  const watchers = new Set<() => void>();
  const changed = () => watchers.forEach((look) => look());
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
      changed();
    });
  }
  const written = () => `${output.stdout}${output.stderr}`;
  let hasEnded = false;
  const ended = new Promise<ContainerEnd>((resolve, reject) => {
    const limit = setTimeout(
      () => reject(new Error(`${argv.join(" ")} did not end. Its output:\n${written()}`)),
      limitMs,
    );
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      hasEnded = true;
      changed();
      resolve({ code, signal });
    });
  });
  // If a test fails before it waits for the end, it shows its own error. Do not let this rejection hide it.
  ended.catch(() => {});

  const pid = async () => {
    const launcher = pidOf(child);
    return variant.asPid1 ? waitFor("PID 1", () => firstChildOf(launcher)) : launcher;
  };
  const lines = () => output.stdout.split("\n").slice(0, -1);
  const until: Container["until"] = (what, holds) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (how: string) => reject(new Error(`${how} before ${what}. Its output:\n${written()}`));
    const limit = setTimeout(() => fail(`${limitMs / 1000} s went by`), limitMs);
    const look = () => {
      if (holds()) resolve();
      else if (hasEnded) fail("it ended");
    };
    watchers.add(look);
    look();
    return promise.finally(() => {
      clearTimeout(limit);
      watchers.delete(look);
    });
  };
  const survivors = () => processesWith(mark);
  return {
    pid,
    lines,
    until,
    ended,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    send: async (signal) => void process.kill(await pid(), signal),
    untilLine: (line, times = 1) =>
      until(`${times} × the line "${line}"`, () => lines().filter((one) => one === line).length >= times),
    stdin: child.stdin,
    stopReading: (stream) => child[stream]?.destroy(),
    async get(path) {
      const url = () => /serving health on (\S+)\/health/.exec(output.stderr)?.[1];
      await until("health was served", () => url() !== undefined);
      const response = await fetch(`${url()}${path}`, { headers: { connection: "close" } });
      return { status: response.status, body: (await response.json()) as HealthDocument };
    },
    survivors,
    [Symbol.dispose]() {
      // Orphans are not in the tree any more, but they have the mark. Processes without the mark are in the tree.
      const tree = child.pid === undefined || hasEnded ? [] : treeOf(child.pid);
      for (const entry of [...tree, ...survivors()]) tryKill(entry.pid);
    },
  };
}

/** Starts a container and waits for its end. */
export async function runContainer(
  ...parameters: Parameters<typeof startContainer>
): Promise<ContainerEnd & { readonly stdout: string; readonly stderr: string }> {
  using container = startContainer(...parameters);
  const end = await container.ended;
  return { ...end, stdout: container.stdout(), stderr: container.stderr() };
}

const environmentForTests = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  SEAWORTHY_LOG_FORMAT: "human",
};

/** Does not scan /proc, which may have thousands of processes. */
function firstChildOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ", 1)[0]);
}
