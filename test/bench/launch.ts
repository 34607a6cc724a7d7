import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pidOf } from "../harness/proc.ts";
import { openReport } from "./report.ts";

export interface LaunchOptions {
  /** A folder for this process alone, with its report and its output. */
  readonly folder: string;
  readonly workingDirectory: string;
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs as real PID 1 of a new PID namespace. */
  readonly asPid1: boolean;
}

/** A measured program, from its exec to its end. */
export interface Launched {
  /** The program. With `asPid1`: unshare, whose only child is PID 1 of the namespace. */
  readonly pid: number;
  /** The time in the report's next line with that word. Rejects if there is none in time. */
  readonly next: (word: string) => Promise<bigint>;
  /** Its exit code, and the time when the bench saw it, by `process.hrtime`. */
  readonly ended: Promise<{ readonly code: number | null; readonly at: bigint }>;
  /** An error with the program's output. */
  readonly failure: (what: string) => Error;
  /** Call this after the end. */
  readonly close: () => void;
}

/** The path that measured commands report to. A supervisor may redirect their stdout. */
export const reportPath = (folder: string): string => join(folder, "report");

/** The command whose start is measured: it reports its start time and exits. */
export const startedCommand: readonly string[] = ["date", "+started %s%N"];
/** Reports right before the program's exec, so that the figures do not include the cost of the namespace. */
const stampThenRun = `date '+exec %s%N'; exec "$@"`;

/** The time limit for each step. Beyond it, the program counts as failed. */
const limitMs = 30_000;

export function launch(argv: readonly string[], options: LaunchOptions): Launched {
  const { folder, workingDirectory, environment, asPid1 } = options;
  const report = openReport(reportPath(folder));
  const outputPath = join(folder, "output");
  const descriptors = [openSync(report.path, "w"), openSync(outputPath, "w")] as const;
  const namespace = asPid1 ? ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] : [];
  const [file = "", ...parameters] = [...namespace, "sh", "-c", stampThenRun, "sh", ...argv];
  const child = spawn(file, parameters, {
    cwd: workingDirectory,
    env: environment,
    stdio: ["ignore", ...descriptors],
  });
  descriptors.forEach(closeSync);
  const ended = new Promise<{ code: number | null; at: bigint }>((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve({ code, at: process.hrtime.bigint() }));
  });
  const failure = (what: string) => new Error(`${what}\n${readFileSync(outputPath, "utf8").slice(-2000)}`);
  return {
    pid: pidOf(child),
    ended,
    failure,
    close: report.close,
    next: (word) =>
      Promise.race([
        within(limitMs, report.next(word), () => failure(`did not report "${word}" in time`)),
        // Its last output may not have arrived yet.
        ended.then(({ code }) =>
          delay(1000, undefined, { ref: false }).then(() =>
            Promise.reject(failure(`ended with ${code} and did not report "${word}"`)),
          ),
        ),
      ]),
  };
}

/** Waits for the end. Rejects if it takes too long, or has another exit code. */
export async function waitForEnd({ ended, failure }: Launched, expectedCode: number): Promise<bigint> {
  const { code, at } = await within(limitMs, ended, () => failure("did not end in time"));
  if (code !== expectedCode) throw failure(`ended with ${code} instead of ${expectedCode}`);
  return at;
}

async function within<T>(ms: number, promise: Promise<T>, createError: () => Error): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(createError()), ms);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
