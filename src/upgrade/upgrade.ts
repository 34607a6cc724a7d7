import type { Session } from "../kernel/database.ts";
import { carryOut, type CarryOutOptions } from "./carry-out.ts";
import { reachDatabase, type DatabaseOptions } from "./databases/compare.ts";
import { acceptDrift, refuseDrift } from "./drift.ts";
import { surveyElsewhere } from "./databases/elsewhere.ts";
import { missingOfTools, refuseUnmigratable } from "./commands/foreign.ts";
import type { Leftover } from "../ledger/leftover.ts";
import { findPostgresLeftovers } from "../ledger/postgres/leftovers.ts";
import { acquireLock, type UpgradeLock } from "../ledger/postgres/lock.ts";
import { isCompleted } from "./manifest.ts";
import type { CreateTables, SchemaElsewhere, UpgradeTarget } from "./ports.ts";
import { failureOf, lockLost } from "../ledger/postgres/statement-errors.ts";
import { readSettings, stayWhileIdle, type ServerSettings } from "../ledger/postgres/settings.ts";
import { createOpener, type OpenSession } from "../ledger/sessions.ts";
import { createScriptReader } from "../migrations/script-reader.ts";
import { isDone, surveyTarget, type SchemaSurvey, type TargetSurvey } from "./survey.ts";
import { verifyAll, verifyThroughHealth, type OpenTarget, type VerifyOptions } from "./databases/verify.ts";
import { loadPending, readPending, type LockedTarget } from "./work.ts";

export interface UpgradeOptions extends CarryOutOptions, DatabaseOptions, VerifyOptions {
  readonly targets: readonly UpgradeTarget[];
  /** Schemas in other kinds of databases. */
  readonly elsewhere: readonly SchemaElsewhere[];
  /** Names of migrations whose drift is recorded instead of refused. */
  readonly acceptDrift: readonly string[];
  readonly createTables: CreateTables;
  readonly openSession: OpenSession;
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
  const open = createOpener({ ...options, explain: lockLost }, opened);
  const targets: OpenTarget[] = [];
  for (const target of options.targets) {
    const session = await open(target.url, "upgrade");
    targets.push({ target, session, reached: await reachDatabase(target, session, options) });
  }
  const surveyOthers = () => surveyElsewhere(options.elsewhere, options);
  const survey = (withDrift: boolean, created: ReadonlySet<string>[] = []) =>
    Promise.all(
      targets.map(({ target, session }, index) =>
        surveyTarget(target, session, { ...options, withDrift, created: created[index] }),
      ),
    );

  const nothingToDo = async (reason: string): Promise<UpgradeOutcome> => {
    await verifyThroughHealth(targets, options);
    options.log.info(`nothing to do: ${reason}`, { outcome: "nothing to do" });
    return "nothing to do";
  };
  const completed = await Promise.all(
    targets.map(({ target, session }) => isCompleted(target, session, options.app, options.releases)),
  );
  const missingBefore = await surveyOthers();
  if (completed.every(Boolean) && missingBefore.size === 0 && options.acceptDrift.length === 0)
    return nothingToDo("this release is completed");

  // Without a version there is no release that could tell of a change: then every file is read, every time.
  const withDrift = options.app.version === undefined || options.acceptDrift.length > 0;
  const isSettled = (found: TargetSurvey) =>
    isDone(found, options.app) && found.schemas.every(({ drifts }) => drifts.length === 0);
  // Where nobody has recorded anything there is something to do.
  const first = completed.includes(undefined) ? undefined : await survey(withDrift);
  if (first?.every(isSettled) && missingBefore.size === 0) return nothingToDo("every migration is applied");

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
  for (const { session } of targets) {
    await stayWhileIdle(session);
    servers.push(await readSettings(session));
  }
  // What is needed next, while the lock's session is waited for.
  void import("./migrate.ts");
  const locks = await acquireLocks(await lockSessions, options);
  const created: ReadonlySet<string>[] = [];
  for (const { target, session } of targets) {
    const tables = [options.releases.table, ...target.schemas.map(({ history }) => history.table)];
    created.push(await options.createTables(session, tables));
  }
  const found = await survey(true, created);
  const elsewhere = await surveyOthers();
  if (found.every(isSettled) && elsewhere.size === 0) return nothingToDo("another upgrade has just done it");
  refuseUnmigratable(missingOfTools(found, elsewhere), options.migrate);
  for (const one of found) await createStepTables(one, ({ progress }) => progress.size > 0, options);
  const surveys = await settleDrift(found, () => survey(true), options);
  const accepted = options.acceptDrift;
  const works = surveys.flatMap((found, index): LockedTarget[] => {
    const [lock, server] = [locks[index], servers[index]];
    if (lock === undefined || server === undefined) return [];
    return [
      { survey: found, schemas: readPending(found, { reader, server, accepted, log: options.log }), server, ...lock },
    ];
  });
  await loadPending(works);
  for (const { survey: one, schemas } of works) {
    const isStepwise = (_: SchemaSurvey, index: number) =>
      schemas[index]?.scripts.some(({ directives }) => !directives.transaction) ?? false;
    await createStepTables(one, isStepwise, options);
  }
  const leftoversIn = async (here: readonly Promise<readonly Leftover[]>[]) =>
    (await Promise.all([...here, ...options.elsewhere.map((schema) => schema.findLeftovers())])).flat();
  const work = {
    targets: works,
    elsewhere,
    verify: () => verifyAll(targets, options),
    findLeftovers: () => leftoversIn(targets.map(({ session, reached }) => findPostgresLeftovers(session, reached))),
    findLeftoversAfresh: () =>
      leftoversIn(
        targets.map(async ({ target, reached }) => {
          const session = await options.openSession(target.url, "upgrade");
          try {
            return await findPostgresLeftovers(session, reached);
          } finally {
            await session.close();
          }
        }),
      ),
  };
  await carryOut(work, options);
  for (const { lock } of locks) await lock.release();
  return "done";
}

/** Most upgrades never need them. */
async function createStepTables(
  { session, schemas }: TargetSurvey,
  isNeeded: (schema: SchemaSurvey, index: number) => boolean,
  { createTables }: UpgradeOptions,
): Promise<void> {
  const needed = schemas.filter(isNeeded);
  if (needed.length > 0)
    await createTables(
      session,
      needed.map(({ history }) => history.stepTable),
    );
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
