import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pidOf } from "../harness/proc.ts";
import { openReport } from "./report.ts";

export interface LaunchOptions {
  /** This life's own: holds its report and its output. */
  readonly folder: string;
  readonly workingDirectory: string;
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** As real PID 1 of a PID namespace of its own. */
  readonly asPid1: boolean;
}

/** A program under measurement, from its exec to its end. */
export interface Launched {
  /** The program; with `asPid1`, unshare, whose only child is the namespace's PID 1. */
  readonly pid: number;
  /** The time in the next line of that word in the report. Rejects when it does not come. */
  readonly next: (word: string) => Promise<bigint>;
  /** Its exit code, and when we saw it, on the clock of `process.hrtime`. */
  readonly ended: Promise<{ readonly code: number | null; readonly at: bigint }>;
  /** An error for a life that does not go as it should, with what the program said about it. */
  readonly failure: (what: string) => Error;
  /** To be called when it has ended. */
  readonly close: () => void;
}

/** Where the commands under measurement write to; not their stdout, which a supervisor may take for itself. */
export const reportPath = (folder: string): string => join(folder, "report");

/** The command whose start is timed: it tells when it was started, and ends. */
export const startedCommand: readonly string[] = ["date", "+started %s%N"];
/** Reports right before the program's exec: what making a namespace costs is not in the figures. */
const stampThenRun = `date '+exec %s%N'; exec "$@"`;

/** How long anything may take before the program counts as one that does not work. */
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
        // What it wrote last may still be on its way to us.
        ended.then(({ code }) =>
          delay(1000, undefined, { ref: false }).then(() =>
            Promise.reject(failure(`ended with ${code} and did not report "${word}"`)),
          ),
        ),
      ]),
  };
}

/** Waits for the end. Rejects when it does not come, or comes with another code. */
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
