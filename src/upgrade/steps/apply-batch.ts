import { MigrationError, Umzug } from "umzug";
import type { Clock } from "../../kernel/clock.ts";
import { extendFailure, isFailure, type Failure, type FailureFields } from "../../kernel/failure.ts";
import type { Log } from "../../kernel/log.ts";
import type { ApplyMigration } from "../../ledger/ledger.ts";
import type { MigrationScript } from "../../migrations/script.ts";
import { sayStillRunning } from "../../kernel/still-running.ts";

export interface Batch {
  /** The migrations to apply, in order. */
  readonly scripts: readonly MigrationScript[];
  /** Returns why a migration is deferred, or undefined. Called right before the migration would be applied. */
  readonly deferral: (script: MigrationScript) => Promise<string | undefined>;
  readonly apply: ApplyMigration;
  /** What the running migration does now, if the server knows. */
  readonly describeWork: () => Promise<string | undefined>;
}

export interface BatchResult {
  readonly applied: readonly string[];
  readonly deferred: readonly string[];
}

/** Applies the scripts one after the other. Throws a Failure that lists the migrations that were and were not applied. */
export async function applyBatch(
  { scripts, deferral, apply, describeWork }: Batch,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<BatchResult> {
  const applied: string[] = [];
  const deferred: string[] = [];
  const run = async (script: MigrationScript, place: string) => {
    const reason = await deferral(script);
    if (reason !== undefined) {
      deferred.push(script.name);
      return log.warn(`deferred ${script.name}: ${reason}. It is applied by the next --upgrade that finds none.`, {
        migration: script.name,
      });
    }
    const startedAt = clock.now();
    log.info(`applying ${script.name}`, { migration: script.name });
    const stop = showProgress(`${place} applying ${script.name}`, clock, log);
    const step = {
      what: `applying ${script.name}`,
      migration: script.name,
      ...(script.language !== "program" && { describe: describeWork }),
    };
    await sayStillRunning(step, { clock, log }, () => apply(script)).finally(stop);
    applied.push(script.name);
    const durationMs = Math.round(clock.now() - startedAt);
    const left = scripts.length - applied.length - deferred.length;
    const fields = { migration: script.name, durationMs, left };
    log.info(`applied ${script.name} in ${durationMs} ms, ${left} left`, fields);
  };
  const umzug = new Umzug({
    migrations: scripts.map((script, index) => ({
      name: script.name,
      up: () => run(script, `[${index + 1}/${scripts.length}]`),
    })),
    // Umzug keeps no records: each is written in its migration's own transaction, and the survey has read them all.
    storage: { executed: async () => [], logMigration: async () => {}, unlogMigration: async () => {} },
    logger: undefined,
  });
  try {
    await umzug.up();
    return { applied, deferred };
  } catch (error) {
    const cause = error instanceof MigrationError ? error.cause : error;
    if (isFailure(cause)) throw withReport(cause, scripts, [...applied, ...deferred], applied);
    throw cause;
  }
}

const progressMs = 200;

/** Shows a line that counts the seconds. Returns a function that stops it. */
function showProgress(what: string, clock: Clock, log: Log): () => void {
  const startedAt = clock.now();
  let cancel = () => {};
  const show = () => {
    const seconds = Math.floor((clock.now() - startedAt) / 1000);
    log.progress(seconds === 0 ? what : `${what}, ${seconds} s`);
    cancel = clock.after(progressMs, show);
  };
  show();
  return () => cancel();
}

interface Remains {
  readonly line: string;
  readonly fields: Pick<FailureFields, "rolledBack" | "committed">;
}

function remainsOf(failed: MigrationScript | undefined): Remains {
  if (failed === undefined) return { line: "rolled back: nothing", fields: {} };
  const { name, language, directives } = failed;
  if (language === "program") return { line: `not rolled back, to be run again: ${name}`, fields: { committed: name } };
  if (!directives.transaction)
    return { line: `left where it stopped, to be resumed: ${name}`, fields: { committed: name } };
  return { line: `rolled back: ${name}`, fields: { rolledBack: name } };
}

/** Adds every migration of the batch to the failure: those applied, the one that failed, and those not run. */
function withReport(
  failure: Failure,
  scripts: readonly MigrationScript[],
  handled: readonly string[],
  applied: readonly string[],
): Failure {
  const [failed, ...notRun] = scripts.filter(({ name }) => !handled.includes(name));
  const remains = remainsOf(failed);
  const later = notRun.map(({ name }) => name);
  return extendFailure(failure, {
    details: [
      `applied before it, and kept: ${applied.join(", ") || "nothing"}`,
      remains.line,
      `not run: ${later.join(", ") || "nothing else"}`,
    ],
    fields: {
      event: "migration-failed",
      ...(failed !== undefined && { migration: failed.name, file: failed.path }),
      applied,
      ...remains.fields,
      notRun: later,
    },
  });
}
