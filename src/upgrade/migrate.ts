import { MigrationError, Umzug } from "umzug";
import type { Clock } from "../kernel/clock.ts";
import { Failure } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import type { MigrationScript } from "./script.ts";

export interface MigrateOptions {
  /** What is to be applied, in order. */
  readonly scripts: readonly MigrationScript[];
  readonly apply: (script: MigrationScript) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Applies the scripts one after the other. Throws a Failure that says what was and what was not applied. */
export async function migrate({ scripts, apply, clock, log, signal }: MigrateOptions): Promise<void> {
  const applied: string[] = [];
  const umzug = new Umzug({
    migrations: scripts.map((script) => ({
      name: script.name,
      async up() {
        signal.throwIfAborted();
        const startedAt = clock.now();
        log.debug(`applying ${script.name}`);
        await apply(script);
        applied.push(script.name);
        const milliseconds = Math.round(clock.now() - startedAt);
        const progress = { migration: script.name, durationMs: milliseconds, left: scripts.length - applied.length };
        log.info(`applied ${script.name} in ${milliseconds} ms (${applied.length} of ${scripts.length})`, progress);
      },
    })),
    // The record is part of the migration's own transaction; what is applied was asked before, in one query for all.
    storage: { executed: async () => [], logMigration: async () => {}, unlogMigration: async () => {} },
    logger: undefined,
  });
  try {
    await umzug.up();
  } catch (error) {
    const cause = error instanceof MigrationError ? error.cause : error;
    if (cause instanceof Failure) throw withReport(cause, scripts, applied);
    throw cause;
  }
}

function withReport(failure: Failure, scripts: readonly MigrationScript[], applied: readonly string[]): Failure {
  const [failed = "", ...notRun] = scripts.slice(applied.length).map(({ name }) => name);
  return new Failure(failure.exitCode, failure.message, {
    cause: failure.cause,
    details: [
      `applied before it, and kept: ${applied.join(", ") || "nothing"}`,
      `rolled back: ${failed}`,
      `not run: ${notRun.join(", ") || "nothing else"}`,
    ],
  });
}
