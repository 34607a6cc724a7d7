import { spawn } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** One `--upgrade`, watched line by line. */
export interface Attempt {
  readonly pid: number;
  /** Returns whether it was still running. */
  readonly kill: (signal: NodeJS.Signals) => boolean;
  /** Resolves when the line is written, or when the upgrade ends. */
  readonly reached: (line: string) => Promise<unknown>;
  readonly ended: Promise<AttemptEnd>;
}

export interface AttemptEnd {
  readonly code: number | NodeJS.Signals | null;
  readonly output: string;
  /** The lines of its log, with their time from its start in milliseconds. */
  readonly lines: readonly { readonly text: string; readonly atMs: number }[];
}

const bundle = join(import.meta.dirname, "../../../dist/seaworthy.cjs");

export function startAttempt(folder: string, environment: Readonly<Record<string, string>>): Attempt {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [bundle, "--upgrade"], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"] ?? "/usr/bin:/bin",
      SEAWORTHY_LOG_FORMAT: "human",
      SEAWORTHY_LOG_LEVEL: "debug",
      ...environment,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const lines: { readonly text: string; readonly atMs: number }[] = [];
  let rest = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const [last = "", ...whole] = `${rest}${text}`.split("\n").toReversed();
    rest = last;
    const atMs = performance.now() - startedAt;
    lines.push(...whole.toReversed().map((line) => ({ text: stripVTControlCharacters(line), atMs })));
    child.emit("written");
  });
  const ended = new Promise<AttemptEnd>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ code: signal ?? code, lines, output: lines.map((line) => line.text).join("\n") }),
    );
  });
  return {
    ended,
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    reached(line) {
      const written = new Promise<void>((resolve) => {
        const look = () => lines.some(({ text }) => text.includes(line)) && resolve();
        child.on("written", look);
        look();
      });
      return Promise.race([written, ended]);
    },
  };
}
