import { ExitCode, isFailure } from "../kernel/failure.ts";
import { upgradeChannel } from "../ledger/postgres/session-names.ts";
import { resetSession } from "../ledger/postgres/applying/transaction.ts";
import { migrateForeign, missingOfTools, type Missing } from "./commands/foreign.ts";
import { runHooks, type Hook, type LaunchHook } from "./commands/hooks.ts";
import { reportLeftovers, waitForLeftovers, type FindLeftovers, type LeftoverOptions } from "./commands/leftovers.ts";
import { manifestOf } from "./manifest.ts";
import type { Releases } from "./ports.ts";
import { stayWhileIdle } from "../ledger/postgres/settings.ts";
import { isRecorded, outOfOrderIn } from "./survey.ts";
import { applyPending, type LockedTarget, type WorkOptions } from "./work.ts";

export interface CarryOutOptions extends WorkOptions, LeftoverOptions {
  readonly before: readonly Hook[];
  /** The app's own migration tool, beside ours or in place of it. */
  readonly migrate?: Hook;
  readonly after: readonly Hook[];
  /** Run when the upgrade fails after its first hook or migration was begun. */
  readonly onFailure: readonly Hook[];
  readonly releases: Releases;
  /** The whole environment of a command, given the release that it comes from. */
  readonly hookEnvironment: (purpose: "hook" | "migrate", from: string | undefined) => Readonly<Record<string, string>>;
  readonly launchHook: LaunchHook;
}

/** What there is to do, surveyed under the lock. */
export interface Work {
  readonly targets: readonly LockedTarget[];
  /** What other tools have not applied in databases that are none of the targets. */
  readonly elsewhere: Missing;
  /** Looks at every schema again. Throws a Failure where one still lacks something. */
  readonly verify: () => Promise<void>;
  readonly findLeftovers: FindLeftovers;
  /** The same after an interruption, when no session of this upgrade sends anything more. */
  readonly findLeftoversAfresh: FindLeftovers;
}

/** Runs hooks and migrations, verifies what they did, and records the release. */
export async function carryOut(work: Work, options: CarryOutOptions): Promise<void> {
  const { targets: works, elsewhere, verify, findLeftovers } = work;
  const { app, log, signal } = options;
  const from = works[0]?.survey.release;
  const hooks = { environment: options.hookEnvironment("hook", from), launch: options.launchHook, log, signal };
  const scripts = works.flatMap(({ schemas }) => schemas.flatMap((schema) => schema.scripts));
  const surveys = works.map(({ survey }) => survey);
  const missing = missingOfTools(surveys, elsewhere);
  // What is left of a release that is recorded are contract migrations that were deferred: its hooks have run.
  const isLeftover =
    missing.size === 0 &&
    works.every(({ survey }) => isRecorded(survey, app)) &&
    scripts.every(({ directives }) => directives.contract !== undefined);
  const way = `${from === undefined ? "" : ` from ${from}`}${app.version === undefined ? "" : ` to ${app.version}`}`;
  const migrations = scripts.length + [...missing.values()].flat().length;
  log.info(`upgrading ${app.name}${way}: ${migrations} to apply`, { migrations });
  for (const late of surveys.flatMap(outOfOrderIn))
    log.info(`${late} is out of order: some that come after it are applied already`, { migration: late });
  const hasCommands = options.migrate !== undefined || options.before.length + options.after.length > 0;
  if (hasCommands && !isLeftover) await waitForLeftovers(findLeftovers, options);
  try {
    if (!isLeftover) await runHooks("before", options.before, hooks);
    const left: number[] = [];
    for (const work of works) {
      left.push(await applyPending(work, options));
      // The last migration has RESET ALL, and what follows may take long.
      await stayWhileIdle(work.survey.session);
    }
    if (options.migrate !== undefined && !isLeftover) {
      await migrateForeign(surveys, options.migrate, {
        ...hooks,
        environment: options.hookEnvironment("migrate", from),
      });
    }
    if (!isLeftover) await runHooks("after", options.after, hooks);
    await verify();
    for (const [index, work] of works.entries()) await finishTarget(work, left[index] ?? 0, options);
  } catch (error) {
    // The hook is told, whatever becomes of it; the failure that counts is the first.
    if (isFailure(error) && error.exitCode === ExitCode.interrupted)
      await reportLeftovers(work.findLeftoversAfresh, options);
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
  { app, releases, signal }: CarryOutOptions,
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
