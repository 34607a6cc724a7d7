import type { Session } from "../kernel/database.ts";
import { createAheadSender } from "../ledger/postgres/applying/send-ahead.ts";
import { applyModule, applySql, messageOf, type ApplyContext } from "../ledger/postgres/applying/transaction.ts";
import { watchBlockers } from "../ledger/postgres/applying/blockers.ts";
import type { Log } from "../kernel/log.ts";
import type { UpgradeLock } from "../ledger/postgres/lock.ts";
import type { UpgradePorts } from "./ports.ts";
import { pause } from "../kernel/pause.ts";
import { findOlderInstances } from "../ledger/postgres/instances.ts";
import { refuseOtherPrefix } from "../ledger/postgres/applying/resumable.ts";
import { withRetries } from "../ledger/postgres/applying/retry.ts";
import { refuseBackslashes, refuseLoner, type MigrationScript } from "../migrations/script.ts";
import { refuseContradiction } from "../migrations/requirements.ts";
import type { ScriptReader } from "../migrations/script-reader.ts";
import { applyStepwise } from "../ledger/postgres/applying/stepwise.ts";
import { stayWhileIdle, type ServerSettings } from "../ledger/postgres/settings.ts";
import type { SchemaSurvey, TargetSurvey } from "./survey.ts";

interface SchemaWork extends SchemaSurvey {
  /** What is pending, read and checked. */
  readonly scripts: readonly MigrationScript[];
}

export interface PendingOptions {
  readonly log: Log;
  readonly reader: ScriptReader;
  readonly server: ServerSettings;
  /** Names of begun migrations whose finished statements are taken for those of the file. */
  readonly accepted: readonly string[];
}

/** Reads and checks every file that is pending: nothing is begun that could not be run at all. */
export function readPending(
  { schemas, target }: TargetSurvey,
  { reader, server, accepted, log }: PendingOptions,
): readonly SchemaWork[] {
  return schemas.map((schema, index) => {
    const scripts = schema.pending.map(reader.read);
    const names = target.schemas[index]?.migrations.map(({ name }) => name) ?? [];
    for (const script of scripts) {
      if (script.directives.transaction || !accepted.includes(script.name))
        refuseOtherPrefix(script, schema.progress.get(script.name));
      refuseContradiction(script, names);
      refuseLoner(script);
      if (server.escapesInStrings) refuseBackslashes(script);
      warnOfEndlessWait(script, log);
    }
    return { ...schema, scripts };
  });
}

/** Loads every pending module: nothing is begun where one of them cannot be loaded, or exports no `up`. */
export async function loadPending(works: readonly LockedTarget[]): Promise<void> {
  const scripts = works.flatMap(({ schemas }) => schemas.flatMap((schema) => schema.scripts));
  const modules = scripts.filter(({ language }) => language === "module");
  if (modules.length === 0) return;
  const { loadModule } = await import("../migrations/module.ts");
  for (const { path } of modules) loadModule(path);
}

/** It is what the file says: dumps begin so, and an empty database has nobody who would wait. */
function warnOfEndlessWait({ name, path, endlessWait, directives }: MigrationScript, log: Log): void {
  const where = endlessWait === undefined ? path : `${path}:${endlessWait.line}:${endlessWait.column}`;
  if (endlessWait === undefined && directives.lockTimeoutMs !== 0) return;
  const effect = "while a statement waits for a lock, every query of that table waits behind it";
  const fix = "Remove it, or write `-- seaworthy: lock-timeout 5s` at the head of the file";
  log.warn(`${where}: the migration ${name} sets lock_timeout to 0: ${effect}, without an end. ${fix}.`, {
    migration: name,
  });
}

/** A database in work: surveyed under the lock. */
export interface LockedTarget {
  readonly survey: TargetSurvey;
  readonly schemas: readonly SchemaWork[];
  readonly server: ServerSettings;
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
  { survey, server, lock, lockSession }: LockedTarget,
  { history, progress, scripts }: SchemaWork,
  options: WorkOptions,
): Promise<(script: MigrationScript) => Promise<void>> {
  const { session } = survey;
  const pooled = await session.isPooled();
  const blockers = watchBlockers(lockSession, server.name, options.clock);
  const lockTimeoutMs = Math.round(options.lockWaitSeconds * 1000);
  const shared = {
    session,
    fence: lock.fence,
    canCheckConnection: server.canCheckConnection,
    withoutTimeouts: server.withoutTimeouts,
    lockTimeoutMs,
    pooled,
  };

  const recordOf = (script: MigrationScript) => ({
    ...script,
    release: options.app.version,
    floor: script.directives.contract,
  });
  const contextOf = (script: MigrationScript): ApplyContext => {
    const withdraw = progress.has(script.name) ? `${history.withdrawSql(session, script.name)}; ` : "";
    return { ...shared, record: `${withdraw}${history.recordSql(session, recordOf(script))}` };
  };
  const ahead = createAheadSender({
    scripts,
    messageOf: (script) => (isOneMessage(script) ? messageOf(script, contextOf(script)) : undefined),
    send: session.execute,
  });

  return async (script) => {
    if (!ahead.isUnderWay(script)) options.signal.throwIfAborted();
    const retry = (step: () => Promise<void>) =>
      withRetries(script.name, () => watched(step), { ...options, blocker: blockers.seen });
    const watched = async (step: () => Promise<void>) => {
      const watch = blockers.start(script.directives.lockTimeoutMs ?? lockTimeoutMs);
      await step().finally(watch.stop);
    };
    if (script.directives.transaction) {
      const context = contextOf(script);
      const send = () => ahead.send(script, () => messageOf(script, context));
      return retry(() => (script.language === "sql" ? applySql(script, context, send) : applyModule(script, context)));
    }
    return applyStepwise(script, {
      ...shared,
      retry,
      log: options.log,
      intent: history.intentSql(session, recordOf(script)),
      adopt: (hashes) => history.adoptSql(session, script.name, hashes),
      progress: (statements, hashes) => history.progressSql(session, script.name, statements, hashes),
      finish: history.finishSql(session, script.name),
      done: progress.get(script.name)?.statements,
    });
  };
}

/** Before a contract migration one looks who is alive. */
function isOneMessage({ language, directives }: MigrationScript): boolean {
  return language === "sql" && directives.transaction && directives.contract === undefined;
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
