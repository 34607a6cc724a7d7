import type { Session } from "../kernel/database.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { applyModule, applySql, type ApplyContext } from "./apply.ts";
import { watchBlockers } from "./blockers.ts";
import type { UpgradeLock } from "./lock.ts";
import type { UpgradePorts } from "./ports.ts";
import { pause } from "./pause.ts";
import { findOlderInstances } from "./presence.ts";
import { withRetries } from "./retry.ts";
import { readScript, type MigrationScript } from "./script.ts";
import { applyStepwise } from "./stepwise.ts";
import { stayWhileIdle } from "./sessions.ts";
import type { SchemaSurvey, TargetSurvey } from "./survey.ts";

interface SchemaWork extends SchemaSurvey {
  /** What is pending, read and checked. */
  readonly scripts: readonly MigrationScript[];
}

/** Reads and checks every file that is pending: nothing is begun that could not be run at all. */
export function readPending({ schemas }: TargetSurvey): readonly SchemaWork[] {
  return schemas.map((schema) => {
    const scripts = schema.pending.map(readScript);
    for (const script of scripts) refuseOtherWay(script, schema.progress.get(script.name) ?? 0);
    return { ...schema, scripts };
  });
}

/** What was done of it is committed: in one transaction it would be done again. */
function refuseOtherWay({ name, path, directives }: MigrationScript, done: number): void {
  if (!directives.transaction || done === 0) return;
  throw new Failure(
    ExitCode.configuration,
    `${path}: the migration ${name} was begun without a transaction, and ${done} of its statements are done. Put \`-- seaworthy: no-transaction\` back at its head: it goes on after them.`,
  );
}

/** A database in work: surveyed under the lock. */
export interface LockedTarget {
  readonly survey: TargetSurvey;
  readonly schemas: readonly SchemaWork[];
  readonly lock: UpgradeLock;
  /** The lock's own session: idle, and good for questions. */
  readonly lockSession: Session;
}

export interface WorkOptions extends UpgradePorts {
  /** How long a statement may wait for a lock, in seconds. */
  readonly lockWaitSeconds: number;
  /** How long a migration is tried again that cannot get a lock, in seconds. */
  readonly lockRetrySeconds: number;
  /** How long to wait for older instances to end before a contract migration is deferred, in seconds. */
  readonly drainTimeoutSeconds: number;
}

/** Applies what is pending in one database. Returns how many contract migrations were left for later. */
export async function applyPending(work: LockedTarget, options: WorkOptions): Promise<number> {
  // Loaded here: an upgrade with nothing to apply does not need it.
  const { migrate } = await import("./migrate.ts");
  let left = 0;
  for (const schema of work.schemas) {
    const { scripts } = schema;
    if (scripts.length === 0) continue;
    const apply = await createApply(work, schema, options);
    const { deferred } = await migrate({
      ...options,
      scripts,
      apply,
      deferral: (script) => deferralOf(script, work, options),
    });
    left += deferred.length;
  }
  return left;
}

async function createApply(
  { survey, lock, lockSession }: LockedTarget,
  { history, progress }: SchemaSurvey,
  options: WorkOptions,
): Promise<(script: MigrationScript) => Promise<void>> {
  const { session } = survey;
  const [server] =
    await session.query(`SELECT current_setting('client_connection_check_interval', true) IS NOT NULL AS check,
    current_setting('application_name') AS name`);
  const pooled = await session.isPooled();
  const blockers = watchBlockers(lockSession, String(server?.["name"]), options.clock);
  const lockTimeoutMs = Math.round(options.lockWaitSeconds * 1000);
  const shared = { session, fence: lock.fence, canCheckConnection: server?.["check"] === true, lockTimeoutMs, pooled };

  return async (script) => {
    const record = { ...script, release: options.app.version, floor: script.directives.contract };
    const retry = (step: () => Promise<void>) =>
      withRetries(script.name, () => watched(step), { ...options, blocker: blockers.seen });
    const watched = async (step: () => Promise<void>) => {
      const watch = blockers.start(script.directives.lockTimeoutMs ?? lockTimeoutMs);
      await step().finally(watch.stop);
    };
    const done = progress.get(script.name);
    if (script.directives.transaction) {
      const withdraw = done === undefined ? "" : `${history.withdrawSql(session, script.name)}; `;
      const context: ApplyContext = { ...shared, record: `${withdraw}${history.recordSql(session, record)}` };
      return retry(() => (script.language === "sql" ? applySql(script, context) : applyModule(script, context)));
    }
    return applyStepwise(script, {
      ...shared,
      retry,
      log: options.log,
      intent: history.intentSql(session, record),
      progress: (statements) => history.progressSql(session, script.name, statements),
      finish: history.finishSql(session, script.name),
      done,
    });
  };
}

const drainPollMs = 1000;

/** A contract migration waits for the instances that it would break, and is left for later while there are any. */
async function deferralOf(
  { directives }: MigrationScript,
  { lockSession, survey }: LockedTarget,
  options: WorkOptions,
): Promise<string | undefined> {
  if (directives.contract === undefined) return undefined;
  if (options.drainTimeoutSeconds > 0) await stayWhileIdle(survey.session);
  const deadline = options.clock.now() + options.drainTimeoutSeconds * 1000;
  for (;;) {
    const older = await findOlderInstances(lockSession, options.app.name, directives.contract);
    if (older === undefined || options.clock.now() >= deadline) return older;
    options.log.debug(`waiting: ${older}`);
    await pause(options.clock, drainPollMs, options.signal);
  }
}
