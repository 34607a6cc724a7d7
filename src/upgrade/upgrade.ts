import { sleep, type Clock } from "../kernel/clock.ts";
import { UnreachableError, type Session } from "../kernel/database.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import type { Log } from "../kernel/log.ts";
import { compareVersions } from "../versions/compare.ts";
import { parseVersion } from "../versions/parse.ts";
import { applyMigration } from "./apply.ts";
import { runHooks } from "./hooks.ts";
import { acquireLock, type UpgradeLock } from "./lock.ts";
import { readScript, type MigrationScript } from "./script.ts";

/** One database, and what this image wants in it. */
export interface UpgradeTarget {
  readonly url: string;
  readonly schemas: readonly SchemaTarget[];
}

interface SchemaTarget {
  readonly migrations: readonly { readonly name: string; readonly path: string }[];
  readonly history: History;
}

interface History {
  readonly read: (session: Session, wanted: readonly string[]) => Promise<{ readonly missing: readonly string[] }>;
  readonly create: (session: Session) => Promise<void>;
  readonly recordStatement: (
    session: Session,
    record: { name: string; checksum: string; release: string | undefined },
  ) => string;
}

interface Releases {
  readonly current: (session: Session, app: string) => Promise<string | undefined>;
  readonly create: (session: Session) => Promise<void>;
  readonly record: (session: Session, app: string, version: string) => Promise<void>;
}

export interface UpgradeOptions {
  readonly app: { readonly name: string; readonly version?: string };
  readonly targets: readonly UpgradeTarget[];
  readonly before: readonly (readonly string[])[];
  readonly after: readonly (readonly string[])[];
  readonly lockTimeoutSeconds: number;
  readonly connectTimeoutSeconds: number;
  readonly releases: Releases;
  /** Opens a session that tells the server what it is for. Rejects with an UnreachableError. */
  readonly openSession: (url: string, purpose: string) => Promise<Session>;
  /** The whole environment of a hook, given the release that it comes from. */
  readonly hookEnvironment: (from: string | undefined) => Readonly<Record<string, string>>;
  readonly onHookLine: (line: string) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Aborted when the upgrade is to be interrupted: what runs is cancelled and rolled back. */
  readonly signal: AbortSignal;
}

/** What is left to do in one database. */
interface Work {
  readonly session: Session;
  readonly target: UpgradeTarget;
  readonly release: string | undefined;
  readonly pending: readonly PendingSchema[];
}

interface PendingSchema {
  readonly history: History;
  readonly scripts: readonly MigrationScript[];
}

export type UpgradeOutcome = "done" | "nothing to do";

/**
 * Brings every database to what this image needs, once across all instances that try. Where nothing is to be done it
 * says so after one look, without the lock. Throws a Failure: 1 a migration or a hook failed, 69 unreachable,
 * 75 gave up waiting for the lock, 78 a migration that could not be run at all.
 */
export async function upgrade(options: UpgradeOptions): Promise<UpgradeOutcome> {
  await using opened = new AsyncDisposableStack();
  const open = async (url: string, purpose: string) => {
    const session = await openPatiently(url, purpose, options);
    const cancel = () => void session.cancel();
    options.signal.addEventListener("abort", cancel);
    opened.defer(async () => {
      options.signal.removeEventListener("abort", cancel);
      await session.close();
    });
    return session;
  };
  const sessions = new Map<UpgradeTarget, Session>();
  for (const target of options.targets) sessions.set(target, await open(target.url, "upgrade"));
  const survey = () => Promise.all([...sessions].map(([target, session]) => surveyTarget(target, session, options)));

  if ((await survey()).every((work) => isDone(work, options))) {
    options.log.info("nothing to do: every migration is applied", { outcome: "nothing to do" });
    return "nothing to do";
  }

  const locks = new Map<string, UpgradeLock>();
  for (const { url } of options.targets) {
    const session = await open(url, "upgrade lock");
    locks.set(url, await acquireLock({ ...options, session, timeoutSeconds: options.lockTimeoutSeconds }));
  }
  for (const [target, session] of sessions) await createTables(target, session, options);
  const works = await survey();
  if (works.every((work) => isDone(work, options))) {
    options.log.info("nothing to do: another upgrade has just done it", { outcome: "nothing to do" });
    return "nothing to do";
  }

  await carryOut(works, locks, options);
  for (const lock of locks.values()) await lock.release();
  return "done";
}

async function carryOut(
  works: readonly Work[],
  locks: ReadonlyMap<string, UpgradeLock>,
  options: UpgradeOptions,
): Promise<void> {
  const { app, log, signal } = options;
  const from = works[0]?.release;
  const hooks = { environment: options.hookEnvironment(from), onLine: options.onHookLine, log, signal };
  const count = works.flatMap(({ pending }) => pending.flatMap(({ scripts }) => scripts)).length;
  log.info(
    `upgrading ${app.name}${from === undefined ? "" : ` from ${from}`}${app.version === undefined ? "" : ` to ${app.version}`}: ${count} to apply`,
    {
      migrations: count,
    },
  );
  await runHooks("before", options.before, hooks);
  for (const work of works) await applyPending(work, locks.get(work.target.url)?.fence ?? "", options);
  await runHooks("after", options.after, hooks);
  for (const { session, release } of works) {
    signal.throwIfAborted();
    if (app.version !== undefined && !isAtLeast(release, app.version))
      await options.releases.record(session, app.name, app.version);
  }
  log.info(`upgraded ${app.name}${app.version === undefined ? "" : ` to ${app.version}`}`, { outcome: "done" });
}

async function applyPending({ session, pending }: Work, fence: string, options: UpgradeOptions): Promise<void> {
  // Loaded here: an upgrade with nothing to apply does not need it.
  const { migrate } = await import("./migrate.ts");
  const sessionSettings = await settingsOf(session);
  for (const { history, scripts } of pending) {
    const apply = (script: MigrationScript) => {
      const record = history.recordStatement(session, { ...script, release: options.app.version });
      return applyMigration(script, { session, record, fence, sessionSettings });
    };
    await migrate({ ...options, scripts, apply });
  }
}

/** A killed upgrade must not hold its lock until its statement ends: the server looks every second (Postgres ≥ 14). */
async function settingsOf(session: Session): Promise<string> {
  const [row] = await session.query(
    "SELECT current_setting('client_connection_check_interval', true) IS NOT NULL AS known",
  );
  return row?.["known"] === true ? "SET LOCAL client_connection_check_interval = '1s'; " : "";
}

async function surveyTarget(target: UpgradeTarget, session: Session, { app, releases }: UpgradeOptions): Promise<Work> {
  const release = await releases.current(session, app.name);
  const pending: PendingSchema[] = [];
  for (const { history, migrations } of target.schemas) {
    const { missing } = await history.read(
      session,
      migrations.map(({ name }) => name),
    );
    const names = new Set(missing);
    pending.push({ history, scripts: migrations.filter(({ name }) => names.has(name)).map(readScript) });
  }
  return { session, target, release, pending };
}

async function createTables({ schemas }: UpgradeTarget, session: Session, { releases }: UpgradeOptions): Promise<void> {
  await releases.create(session);
  for (const { history } of schemas) await history.create(session);
}

function isDone({ pending, release }: Work, { app }: UpgradeOptions): boolean {
  return (
    pending.every(({ scripts }) => scripts.length === 0) &&
    (app.version === undefined || isAtLeast(release, app.version))
  );
}

/** An older image that upgrades late must not turn the record back. What cannot be compared counts only when it is the same. */
function isAtLeast(recorded: string | undefined, version: string): boolean {
  const [found, wanted] = [parseVersion(recorded ?? ""), parseVersion(version)];
  return found !== undefined && wanted !== undefined ? compareVersions(found, wanted) >= 0 : recorded === version;
}

/** A database that is being started with us is waited for; a wrong password is not. */
async function openPatiently(url: string, purpose: string, options: UpgradeOptions): Promise<Session> {
  const deadline = options.clock.now() + options.connectTimeoutSeconds * 1000;
  for (let attempt = 1; ; attempt++) {
    options.signal.throwIfAborted();
    try {
      return await options.openSession(url, purpose);
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      if (!error.transient || options.clock.now() >= deadline)
        throw new Failure(ExitCode.unreachable, error.message, { cause: error });
      if (attempt === 1)
        options.log.warn(`${error.message} Trying again for up to ${options.connectTimeoutSeconds} s.`);
      await sleep(options.clock, 250 + 250 * options.random());
    }
  }
}
