import { countOf } from "../kernel/count.ts";
import { ExitCode, isFailure } from "../kernel/failure.ts";
import { createScriptReader } from "../migrations/script-reader.ts";
import { reportFailure } from "../kernel/report-failure.ts";
import { explain, explaining } from "./explain.ts";
import type { CommandPurpose } from "../targets/command-database.ts";
import type { UpgradeContext, UpgradeRequest } from "./request.ts";
import { applyPending } from "./steps/apply-pending.ts";
import { connect, type Database } from "./steps/connect.ts";
import { commandsDue, hasPrograms, logOutline, missingOfTools, type Outside } from "./steps/outline-upgrade.ts";
import { refuseMissingInterpreters } from "./steps/find-interpreters.ts";
import { prepareMigrations, type PreparedDatabase } from "./steps/prepare-migrations.ts";
import { recordRelease } from "./steps/record-release.ts";
import type { BatchResult } from "./steps/apply-batch.ts";
import { resultOfFailure, runResultHooks, type UpgradeResult } from "../hooks/result.ts";
import { runHooks } from "../hooks/run-hooks.ts";
import { refuseWithoutTool, runTools } from "./steps/run-tools.ts";
import { surveyBeforeLock } from "./steps/survey-before-lock.ts";
import { surveyUnderLock } from "./steps/survey-under-lock.ts";
import { isRecorded, isUpToDate } from "./steps/survey.ts";
import { takeLocks } from "./steps/take-locks.ts";
import { surveyToolDatabases } from "./steps/tool-databases.ts";
import { findRegressions, verifyAll, verifyUnseen } from "./steps/verify.ts";
import { reportLeftovers, waitForLeftovers } from "./steps/wait-for-leftovers.ts";

export type UpgradeOutcome = "done" | "nothing to do";

/**
 * Brings every database to the state that this image needs. If several instances try, the work is done once. If there is
 * nothing to do, it returns after one look, without the lock. Throws a Failure: 1 a migration or hook failed,
 * 69 unreachable, 75 gave up waiting for a lock, 78 drift or a migration that cannot run.
 */
export async function upgrade(request: UpgradeRequest, context: UpgradeContext): Promise<UpgradeOutcome> {
  await using opened = new AsyncDisposableStack();
  const databases = await connect({ ...request, purpose: "upgrade" }, context, opened);
  const ledgers = databases.map(({ ledger }) => ledger);
  return await explaining(ledgers, () => upgradeDatabases(databases, request, context));
}

async function upgradeDatabases(
  databases: readonly Database[],
  request: UpgradeRequest,
  context: UpgradeContext,
): Promise<UpgradeOutcome> {
  const { acceptDrift, commands, connections, limits, scope } = request;
  const { app } = context;

  const first = await surveyBeforeLock(databases, request, context);
  if (first.isDone) return endEarly(first.reason, databases, request, context);

  const reader = createScriptReader();
  void reader.readAhead(first.pending);
  // Needed next: let it load while the servers answer.
  void import("./steps/apply-batch.ts");
  const locks = await takeLocks(databases, limits.lockTimeoutSeconds);

  const surveys = await surveyUnderLock(locks, app);
  const outside = await surveyToolDatabases(scope.toolDatabases, { ...context, ...connections });
  const isRecordedHere = app.version === undefined || surveys.every((found) => isRecorded(found, app));
  const regressions = isRecordedHere ? await findRegressions(databases, scope.checks, context) : [];
  if (outside.size === 0 && regressions.length === 0 && surveys.every((found) => isUpToDate(found, app)))
    return endEarly("another upgrade has just done it", databases, request, context);
  const missing = missingOfTools(surveys, outside);
  refuseWithoutTool(missing, commands.tools);

  const prepared = await prepareMigrations(locks, { surveys, reader, acceptDrift }, context);
  refuseMissingInterpreters(prepared, commands.runner);
  await migrateDatabases(prepared, { missing, regressions }, request, context);
  for (const { locked } of locks) await locked.release();
  return "done";
}

async function endEarly(
  reason: string,
  databases: readonly Database[],
  { scope, limits }: UpgradeRequest,
  context: UpgradeContext,
): Promise<UpgradeOutcome> {
  await verifyUnseen(databases, { ...scope, ...limits }, context);
  context.log.info(`nothing to do: ${reason}`, { outcome: "nothing to do" });
  return "nothing to do";
}

/** Runs hooks and migrations, verifies the result, and records the release. */
async function migrateDatabases(
  prepared: readonly PreparedDatabase[],
  { missing, regressions }: Outside,
  { commands, limits, scope }: UpgradeRequest,
  context: UpgradeContext,
): Promise<void> {
  const { app, log } = context;
  const databases = prepared.map(({ database }) => database);
  const { toolDatabases } = scope;
  const { before, tools, after, onFailure, runner } = commandsDue(commands, prepared, { missing, regressions }, app);
  const from = prepared[0]?.survey.release;
  const optionsFor = (purpose: CommandPurpose) => ({
    ...context,
    launch: runner.launch,
    environment: runner.environment(purpose, from),
  });
  const hooks = { ...optionsFor({ kind: "hook" }), redact: runner.redact };
  logOutline(prepared, { missing, regressions }, context);
  if (before.length + tools.length + after.length > 0 || hasPrograms(prepared))
    await waitForLeftovers(databases, toolDatabases, limits.lockTimeoutSeconds, context);
  try {
    await runHooks("before", before, hooks);
    const batches: BatchResult[] = [];
    for (const one of prepared) batches.push(await applyPending(one, { limits, optionsFor }, context));
    await runTools(databases, tools, ({ schemas }) => optionsFor({ kind: "tool", schemas }));
    await runResultHooks("after", after, migrated(batches, { from, to: app.version }), hooks);
    await verifyAll(databases, { ...scope, ...limits }, context);
    for (const [index, one] of prepared.entries())
      await recordRelease(one, batches[index]?.deferred.length ?? 0, context);
  } catch (error) {
    if (isFailure(error) && error.exitCode === ExitCode.interrupted)
      await reportLeftovers(databases, toolDatabases, context);
    if (context.signal.aborted) throw error;
    const failure = explain(
      databases.map(({ ledger }) => ledger),
      error,
    );
    // Log it before what the hooks print. A failing onFailure hook is only logged.
    reportFailure(failure, log);
    await runResultHooks("onFailure", onFailure, resultOfFailure(failure), hooks).catch((second: unknown) =>
      reportFailure(second, log),
    );
    throw failure;
  }
  log.info(`upgraded ${app.name}${app.version === undefined ? "" : ` to ${app.version}`}`, { outcome: "done" });
}

/** What `after` hooks are told. The release is recorded after them. */
function migrated(
  batches: readonly BatchResult[],
  { from, to }: { readonly from: string | undefined; readonly to: string | undefined },
): UpgradeResult {
  const applied = batches.flatMap((batch) => batch.applied);
  const deferred = batches.flatMap((batch) => batch.deferred);
  const message = `applied ${countOf(applied.length, "migration")}`;
  return { result: "success", message, fields: { event: "migrated", from, to, applied, deferred } };
}
