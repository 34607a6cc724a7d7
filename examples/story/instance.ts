import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Image } from "./images.ts";

export interface InstanceOptions {
  readonly image: Image;
  /** Plays the container's file system. */
  readonly imageFolder: string;
  /** seaworthy's arguments: none to run the app. */
  readonly argv: readonly string[];
  readonly databaseUrl: string;
  readonly appPort: number;
  readonly healthPort: number;
  /** The processes' TMPDIR. traces.ts finds them by it. */
  readonly folder: string;
  /** Called with each line of output. */
  readonly onLine: (line: string) => void;
}

/** Plays a container: seaworthy and the processes that it starts. */
export interface Instance {
  readonly image: Image;
  readonly argv: readonly string[];
  readonly appUrl: string;
  readonly healthUrl: string;
  /** Its output so far. */
  readonly lines: readonly string[];
  readonly signal: (name: NodeJS.Signals) => void;
  /** Kills seaworthy and its processes. Does nothing if it has ended. */
  readonly kill: () => void;
  /** Resolves to `exit 0` (or another code) or a signal's name when it ends. Never rejects. */
  readonly ended: Promise<string>;
  /** The performance.now() of its end. Undefined while it runs. */
  readonly endedAt: () => number | undefined;
}

const bundle = join(import.meta.dirname, "../../dist/seaworthy.cjs");

export function startInstance(options: InstanceOptions): Instance {
  const { image, imageFolder, argv, appPort, healthPort, onLine } = options;
  if (!existsSync(bundle)) throw new Error("dist/seaworthy.cjs is missing. Run npm run build first.");
  const child = spawn(process.execPath, [bundle, ...argv], {
    cwd: imageFolder,
    env: environmentFor(options),
    stdio: ["ignore", "pipe", "pipe"],
    // A new session: Ctrl-C reaches only the story, which then stops its instances in order.
    detached: true,
  });
  const lines: string[] = [];
  const readers = [child.stdout, child.stderr].map((stream) =>
    readLines(stream, (line) => {
      lines.push(line);
      onLine(line);
    }),
  );
  let endedAt: number | undefined;
  const exited = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(`cannot be run: ${error.message}`));
    child.on("exit", (code, signal) => {
      endedAt = performance.now();
      resolve(signal ?? `exit ${code}`);
    });
  });
  return {
    image,
    argv,
    lines,
    appUrl: `http://127.0.0.1:${appPort}/products`,
    healthUrl: `http://127.0.0.1:${healthPort}/health`,
    signal: (name) => void child.kill(name),
    kill() {
      if (child.pid !== undefined && endedAt === undefined) process.kill(-child.pid, "SIGKILL");
    },
    ended: Promise.all([exited, ...readers]).then(([how]) => how),
    endedAt: () => endedAt,
  };
}

/** How long an instance may take to end. */
const patienceMs = 10_000;

/** How the instance ended. Rejects if the signal is aborted. */
export function endOf(instance: Instance, signal: AbortSignal): Promise<string> {
  const giveUp = sleep(patienceMs, `still running after ${patienceMs / 1000} s`, { signal, ref: false });
  return Promise.race([instance.ended, giveUp]);
}

/** A container's whole environment. The variables of the story's own shell are left out. */
function environmentFor({ databaseUrl, appPort, healthPort, folder }: InstanceOptions): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env["PATH"] ?? "/usr/bin:/bin"].join(delimiter),
    TMPDIR: folder,
    DATABASE_URL: databaseUrl,
    PORT: String(appPort),
    SEAWORTHY_HEALTH_LISTEN: `127.0.0.1:${healthPort}`,
    SEAWORTHY_LOG_FORMAT: "human",
  };
}

async function readLines(stream: Readable, onLine: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    const parts = (rest + String(chunk)).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) onLine(line);
  }
  if (rest !== "") onLine(rest);
}
