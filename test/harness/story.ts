import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processesIn } from "../../examples/story/traces.ts";
import { pidOf, type ProcessEntry } from "./proc.ts";

export interface StoryOptions {
  /** The story's arguments. Default: none. */
  readonly argv?: readonly string[];
  /** The command that starts the story. Default: without a shell. */
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface RunningStory {
  readonly pid: number;
  readonly output: () => string;
  /** Resolves when the text is written. The story continues. */
  readonly waitForOutput: (text: string) => Promise<void>;
  /** Signals every process that Ctrl-C on a terminal reaches. */
  readonly signalGroup: (name: NodeJS.Signals) => void;
  /** Signals only the process that was started. */
  readonly signal: (name: NodeJS.Signals) => void;
  readonly stopReading: () => void;
  /** Resolves when all processes have closed the story's output. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Processes with this run's mark, including the story itself. */
  readonly processes: () => readonly ProcessEntry[];
  /** Names in the story's temporary folder. */
  readonly files: () => readonly string[];
  /** Kills all processes that are left. */
  readonly [Symbol.dispose]: () => void;
}

export const storyFile = join(import.meta.dirname, "../../examples/story/story.ts");

/** Starts the story as npm does, with piped output, in a new process group. */
export function startStory(options: StoryOptions = {}): RunningStory {
  const { argv = [], command = [process.execPath, storyFile, ...argv], environment = {} } = options;
  const [file = "", ...parameters] = command;
  const folder = mkdtempSync(join(tmpdir(), "seaworthy-test-story-"));
  // If we are root, the server runs as another user, who needs access to the folder.
  chmodSync(folder, 0o755);
  const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin", TMPDIR: folder, ...environment };
  const child = spawn(file, parameters, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const pid = pidOf(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      child.emit("written");
    });
  }
  const ended = new Promise<Awaited<RunningStory["ended"]>>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal }));
  });
  return {
    pid,
    ended,
    output: () => output,
    waitForOutput(text) {
      const written = new Promise<void>((resolve) => {
        const check = () => output.includes(text) && resolve();
        child.on("written", check);
        check();
      });
      const endedFirst = ended.then(() => {
        throw new Error(`the story ended before it wrote ${JSON.stringify(text)}:\n${output}`);
      });
      return Promise.race([written, endedFirst]);
    },
    signalGroup: (name) => void process.kill(-pid, name),
    signal: (name) => void process.kill(pid, name),
    stopReading: () => child.stdout.destroy(),
    processes: () => processesIn(folder),
    files: () => readdirSync(folder),
    [Symbol.dispose]() {
      // A failed test may have left processes.
      for (const left of processesIn(folder)) process.kill(left.pid, "SIGKILL");
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
