import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processesIn } from "../../examples/story/traces.ts";
import { pidOf, type ProcessEntry } from "./proc.ts";

export interface StoryOptions {
  /** The command that starts it. Default: the story itself, with no shell between. */
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface RunningStory {
  readonly pid: number;
  readonly output: () => string;
  /** Resolves in the moment in which the text is written: the story goes on. */
  readonly waitForOutput: (text: string) => Promise<void>;
  /** To everything that a terminal's Ctrl-C reaches. */
  readonly signalGroup: (name: NodeJS.Signals) => void;
  /** To the process that was started, and to nothing else. */
  readonly signal: (name: NodeJS.Signals) => void;
  readonly stopReading: () => void;
  /** Once nobody holds its output any more. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Processes that carry this run's mark, the story's own among them. */
  readonly processes: () => readonly ProcessEntry[];
  /** What it left in the folder for temporary files. */
  readonly files: () => readonly string[];
  /** Ends what is left of it. */
  readonly [Symbol.dispose]: () => void;
}

export const storyFile = join(import.meta.dirname, "../../examples/story/story.ts");

/** Starts the story as npm does, with its output piped, in a process group of its own. */
export function startStory(options: StoryOptions = {}): RunningStory {
  const { command = [process.execPath, storyFile], environment = {} } = options;
  const [file = "", ...parameters] = command;
  const folder = mkdtempSync(join(tmpdir(), "seaworthy-test-story-"));
  // As root, Postgres runs as another user, who must get to its files.
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
      const inVain = ended.then(() => {
        throw new Error(`the story ended before it wrote ${JSON.stringify(text)}:\n${output}`);
      });
      return Promise.race([written, inVain]);
    },
    signalGroup: (name) => void process.kill(-pid, name),
    signal: (name) => void process.kill(pid, name),
    stopReading: () => child.stdout.destroy(),
    processes: () => processesIn(folder),
    files: () => readdirSync(folder),
    [Symbol.dispose]() {
      // A test that failed may have left some.
      for (const left of processesIn(folder)) process.kill(left.pid, "SIGKILL");
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
