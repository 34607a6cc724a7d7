import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { pidOf, processesWith, treeOf, tryKill, type ProcessEntry } from "./proc.ts";
import { anyPort, commandOf, type CommandOptions, type Variant } from "./variants.ts";
import { waitFor } from "./wait.ts";

export interface ContainerOptions extends CommandOptions {
  /** Beside PATH, a log for people, and health on a free port. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: /. */
  readonly workingDirectory?: string;
  readonly stdin?: "ignore" | "pipe";
}

export interface ContainerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** seaworthy with an app in it, or the app alone as a control. Declared with `using`, nothing of it outlives the test. */
export interface Container extends Disposable {
  /** The pid of seaworthy, as seen from here. */
  readonly pid: () => Promise<number>;
  readonly send: (signal: NodeJS.Signals | number) => Promise<void>;
  readonly stdout: () => string;
  /** The whole lines of stdout. */
  readonly lines: () => readonly string[];
  readonly stderr: () => string;
  /** Looks after every output. Rejects where the container ends before. */
  readonly until: (what: string, holds: () => boolean) => Promise<void>;
  /** Until it stands in stdout, as a line, this many times. */
  readonly untilLine: (line: string, times?: number) => Promise<void>;
  readonly stdin: NodeJS.WritableStream | null;
  readonly stopReading: (stream: "stdout" | "stderr") => void;
  /** An answer of the health endpoint. */
  readonly get: (path: string) => Promise<{ readonly status: number; readonly body: HealthDocument }>;
  readonly ended: Promise<ContainerEnd>;
  /** What was started in it and still runs, whoever is its parent by now. */
  readonly survivors: () => readonly ProcessEntry[];
}

/** What the tests read of a health document. */
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

/** Far above what anything takes on a loaded machine. */
const limitMs = 40_000;
/** In the environment of all that runs in a container. */
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
      // The environment wins over the file.
      ...(settings === undefined && { SEAWORTHY_HEALTH_LISTEN: anyPort }),
      ...environment,
    },
    stdio: [stdin, "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  /** To be called after every output, and at the end. */
  const watchers = new Set<() => void>();
  const changed = () => watchers.forEach((look) => look());
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
      changed();
    });
  }
  const said = () => `${output.stdout}${output.stderr}`;
  let hasEnded = false;
  const ended = new Promise<ContainerEnd>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`${argv.join(" ")} did not end; it said:\n${said()}`)), limitMs);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      hasEnded = true;
      changed();
      resolve({ code, signal });
    });
  });
  // A test that fails before it waits for the end has its own error to show.
  ended.catch(() => {});

  const pid = async () => {
    const launcher = pidOf(child);
    return variant.asPid1 ? waitFor("PID 1", () => firstChildOf(launcher)) : launcher;
  };
  const lines = () => output.stdout.split("\n").slice(0, -1);
  const until: Container["until"] = (what, holds) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (how: string) => reject(new Error(`${how} before ${what}; it said:\n${said()}`));
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
      // An orphan is in no tree of ours any more, and what got another environment has no mark.
      const tree = child.pid === undefined || hasEnded ? [] : treeOf(child.pid);
      for (const entry of [...tree, ...survivors()]) tryKill(entry.pid);
    },
  };
}

/** As `startContainer`, to its end. */
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

/** Not a look through all of /proc: there may be thousands. */
function firstChildOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ", 1)[0]);
}
