import type { Session } from "../kernel/database.ts";
import { upgradeChannel } from "../kernel/presence.ts";
import { resetSession } from "./apply.ts";
import { acceptDrift, refuseDrift } from "./drift.ts";
import { migrateForeign, refuseUnmigratable } from "./foreign.ts";
import { runHooks, type Hook } from "./hooks.ts";
import { acquireLock, type UpgradeLock } from "./lock.ts";
import { isCompleted, manifestOf } from "./manifest.ts";
import type { CreateTables, Releases, UpgradeTarget } from "./ports.ts";
import { failureOf } from "./refusal.ts";
import { createOpener, readSettings, stayWhileIdle, type OpenSession, type ServerSettings } from "./sessions.ts";
import { createScriptReader } from "../migrations/script-reader.ts";
import { isDone, isRecorded, outOfOrderIn, surveyTarget, type TargetSurvey } from "./survey.ts";
import { applyPending, readPending, type LockedTarget, type WorkOptions } from "./work.ts";

export interface UpgradeOptions extends WorkOptions {
  readonly targets: readonly UpgradeTarget[];
  readonly before: readonly Hook[];
  /** The app's own migration tool, in place of ours. */
  readonly migrate?: Hook;
  readonly after: readonly Hook[];
  /** Run when the upgrade fails after its first hook or migration was begun. */
  readonly onFailure: readonly Hook[];
  readonly lockTimeoutSeconds: number;
  readonly connectTimeoutSeconds: number;
  /** Names of migrations whose drift is recorded instead of refused. */
  readonly acceptDrift: readonly string[];
  readonly releases: Releases;
  readonly createTables: CreateTables;
  readonly openSession: OpenSession;
  /** The whole environment of a hook, given the release that it comes from. */
  readonly hookEnvironment: (from: string | undefined) => Readonly<Record<string, string>>;
}

export type UpgradeOutcome = "done" | "nothing to do";

/**
 * Brings every database to what this image needs, once across all instances that try. Where nothing is to be done it
 * says so after one look, without the lock. Throws a Failure: 1 a migration or a hook failed, 69 unreachable,
 * 75 gave up waiting for a lock, 78 a migration that could not be run at all, or drift.
 */
export async function upgrade(options: UpgradeOptions): Promise<UpgradeOutcome> {
  return upgradeOnce(options).catch((error: unknown) => {
    throw failureOf(error);
  });
}

async function upgradeOnce(options: UpgradeOptions): Promise<UpgradeOutcome> {
  await using opened = new AsyncDisposableStack();
  const open = createOpener(options, opened);
  const sessions: (readonly [UpgradeTarget, Session])[] = [];
  for (const target of options.targets) sessions.push([target, await open(target.url, "upgrade")]);
  const survey = (withDrift: boolean, created: ReadonlySet<string>[] = []) =>
    Promise.all(
      sessions.map(([target, session], index) =>
        surveyTarget(target, session, { ...options, withDrift, created: created[index] }),
      ),
    );

  const nothingToDo = (reason: string): UpgradeOutcome => {
    options.log.info(`nothing to do: ${reason}`, { outcome: "nothing to do" });
    return "nothing to do";
  };
  const completed = await Promise.all(
    sessions.map(([target, session]) => isCompleted(target, session, options.app, options.releases)),
  );
  if (completed.every(Boolean) && options.acceptDrift.length === 0) return nothingToDo("this release is completed");

  // Without a version there is no release that could tell of a change: then every file is read, every time.
  const withDrift = options.app.version === undefined || options.acceptDrift.length > 0;
  const isSettled = (found: TargetSurvey) =>
    isDone(found, options.app) && (!withDrift || found.schemas.every(({ drifts }) => drifts.length === 0));
  // Where nobody has recorded anything there is something to do.
  const first = completed.includes(undefined) ? undefined : await survey(withDrift);
  if (first?.every(isSettled)) return nothingToDo("every migration is applied");

  const lockSessions = Promise.all(options.targets.map(({ url }) => open(url, "upgrade lock")));
  // Whoever awaits it is told.
  lockSessions.catch(() => {});
  const reader = createScriptReader();
  void reader.readAhead(
    first === undefined
      ? options.targets.flatMap(({ schemas }) => schemas.flatMap(({ migrations }) => migrations))
      : first.flatMap(({ schemas }) => schemas.flatMap(({ pending }) => pending)),
  );
  const servers: ServerSettings[] = [];
  for (const [, session] of sessions) {
    await stayWhileIdle(session);
    servers.push(await readSettings(session));
  }
  // What is needed next, while the lock's session is waited for.
  void import("./migrate.ts");
  const locks = await acquireLocks(await lockSessions, options);
  const created: ReadonlySet<string>[] = [];
  for (const [{ schemas }, session] of sessions) {
    const tables = [options.releases.table, ...schemas.map(({ history }) => history.table)];
    created.push(await options.createTables(session, tables));
  }
  const found = await survey(true, created);
  if (found.every(isSettled)) return nothingToDo("another upgrade has just done it");
  refuseUnmigratable(found, options.migrate);
  const surveys = await settleDrift(found, () => survey(true), options);
  const works = surveys.flatMap((found, index): LockedTarget[] => {
    const [lock, server] = [locks[index], servers[index]];
    if (lock === undefined || server === undefined) return [];
    return [{ survey: found, schemas: readPending(found, reader), server, ...lock }];
  });
  await carryOut(works, options);
  for (const { lock } of locks) await lock.release();
  return "done";
}

interface HeldLock {
  readonly lock: UpgradeLock;
  readonly lockSession: Session;
}

/** One after the other: all upgrades take them in the same order. */
async function acquireLocks(sessions: readonly Session[], options: UpgradeOptions): Promise<readonly HeldLock[]> {
  const held: HeldLock[] = [];
  for (const lockSession of sessions) {
    const lock = await acquireLock({
      ...options,
      session: lockSession,
      held: held.map(({ lock }) => lock),
      timeoutSeconds: options.lockTimeoutSeconds,
    });
    held.push({ lock, lockSession });
  }
  return held;
}

/** Refuses drift, or records it where that was asked for, and surveys anew. */
async function settleDrift(
  surveys: readonly TargetSurvey[],
  again: () => Promise<readonly TargetSurvey[]>,
  options: UpgradeOptions,
): Promise<readonly TargetSurvey[]> {
  const schemas = surveys.flatMap(({ session, schemas: found }) => found.map((schema) => ({ session, ...schema })));
  const drifts = schemas.flatMap((schema) => schema.drifts);
  if (drifts.length === 0) return surveys;
  refuseDrift(drifts, options.acceptDrift);
  for (const { session, history, drifts: found, checksums } of schemas)
    await acceptDrift(session, history, found, checksums);
  for (const { kind, name } of drifts) options.log.warn(`accepted that ${name} is ${kind}`, { migration: name });
  return again();
}

async function carryOut(works: readonly LockedTarget[], options: UpgradeOptions): Promise<void> {
  const { app, log, signal } = options;
  const from = works[0]?.survey.release;
  const hooks = { environment: options.hookEnvironment(from), log, signal };
  const scripts = works.flatMap(({ schemas }) => schemas.flatMap((schema) => schema.scripts));
  // What is left of a release that is recorded are contract migrations that were deferred: its hooks have run.
  const isLeftover =
    works.every(({ survey }) => isRecorded(survey, app) && survey.foreign.size === 0) &&
    scripts.every(({ directives }) => directives.contract !== undefined);
  const way = `${from === undefined ? "" : ` from ${from}`}${app.version === undefined ? "" : ` to ${app.version}`}`;
  const ofTools = works.flatMap(({ survey }) => [...survey.foreign.values()].flat());
  const migrations = scripts.length + ofTools.length;
  log.info(`upgrading ${app.name}${way}: ${migrations} to apply`, { migrations });
  for (const late of works.flatMap(({ survey }) => outOfOrderIn(survey)))
    log.info(`${late} is out of order: some that come after it are applied already`, { migration: late });
  const hooksFollow = works.length > 1 || options.migrate !== undefined || options.after.length > 0;
  try {
    if (!isLeftover) await runHooks("before", options.before, hooks);
    const left: number[] = [];
    for (const work of works) {
      left.push(await applyPending(work, options));
      // The last migration has RESET ALL.
      if (hooksFollow) await stayWhileIdle(work.survey.session);
    }
    if (options.migrate !== undefined && !isLeftover) {
      await migrateForeign(
        works.map(({ survey }) => survey),
        options.migrate,
        hooks,
      );
    }
    if (!isLeftover) await runHooks("after", options.after, hooks);
    for (const [index, work] of works.entries()) await finishTarget(work, left[index] ?? 0, options);
  } catch (error) {
    // The hook is told, whatever becomes of it; the failure that counts is the first.
    if (!signal.aborted)
      await runHooks("onFailure", options.onFailure, hooks).catch((second: unknown) => log.error(String(second)));
    throw error;
  }
  log.info(`upgraded ${app.name}${app.version === undefined ? "" : ` to ${app.version}`}`, { outcome: "done" });
}

/** Records the release and wakes every container that waits for it. */
async function finishTarget(
  { survey, lock }: LockedTarget,
  deferred: number,
  { app, releases, signal }: UpgradeOptions,
): Promise<void> {
  const { session, target, release } = survey;
  signal.throwIfAborted();
  const notify = `SELECT pg_catalog.pg_notify('${upgradeChannel}', ${session.literal(app.name)})`;
  // Recorded once more when what was deferred has been applied: only then is it complete.
  if (app.version !== undefined && (!isRecorded(survey, app) || (release === app.version && deferred === 0))) {
    const manifest = deferred === 0 ? manifestOf(target) : undefined;
    const record = releases.recordSql(session, app.name, { version: app.version, manifest });
    await session.execute(`${resetSession} ${record}; ${notify}; ${lock.fence}`);
  } else await session.execute(notify);
}
