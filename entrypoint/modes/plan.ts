import { systemClock } from "../../src/platform/clock.ts";
import { releases } from "../../src/ledger/postgres/tables/releases.ts";
import { UnreachableError } from "../../src/kernel/database.ts";
import { ExitCode, Failure } from "../../src/kernel/failure.ts";
import { formatPlan } from "../../src/upgrade/plan-text.ts";
import { makePlan } from "../../src/upgrade/plan.ts";
import { failureOf } from "../../src/ledger/postgres/statement-errors.ts";
import type { Context } from "../context.ts";
import { prepareDependencies } from "../prepare-dependencies.ts";
import { openUpgradeSessions } from "../sessions.ts";
import { upgradeTargets } from "../targets.ts";
import { upgradeLooks } from "../upgrade-schemas.ts";

interface PlanCommand {
  readonly json: boolean;
  readonly strict: boolean;
  readonly configPath?: string;
}

/** Shows what an upgrade would do. Exit 0 nothing to do, 3 work to do; with --strict 3 for findings only. */
export async function plan({ json, strict, configPath }: PlanCommand, context: Context): Promise<number> {
  const loaded = await context.loadSettings({ configPath, forUpgrade: true });
  const { settings } = loaded;
  const dependencies = await prepareDependencies(loaded, context);
  const targets = await upgradeTargets(loaded, dependencies);
  await using opened = new AsyncDisposableStack();
  const openSession = openUpgradeSessions(settings.app, context.variables);
  const made = await makePlan({
    ...settings.upgrade,
    ...upgradeLooks(settings, dependencies, context.variables),
    app: settings.app,
    targets,
    // A plan is for somebody who waits for it.
    connectTimeoutSeconds: 0,
    clock: systemClock,
    random: Math.random,
    log: context.log,
    signal: new AbortController().signal,
    releases,
    async open(url, purpose) {
      const session = await openSession(url, purpose).catch(refuseUnreachable);
      opened.defer(session.close);
      return session;
    },
    async createLint(session, ownTables) {
      const { createLinter } = await import("../../src/lint/lint.ts");
      const { openCatalog } = await import("../../src/lint/catalog/catalog.ts");
      const { describeColumn } = await import("../../src/lint/catalog/column-facts.ts");
      const [row] = await session.query("SHOW server_version_num");
      const serverVersion = Math.floor(Number(row?.["server_version_num"]) / 10_000);
      return createLinter({
        serverVersion,
        catalog: await openCatalog(session, ownTables),
        describeColumn: (table, column) => describeColumn(session, table, column),
      });
    },
  }).catch((error: unknown) => {
    throw failureOf(error);
  });
  context.print(context.redact(json ? `${JSON.stringify(made, null, 2)}\n` : formatPlan(made)));
  const work = strict
    ? made.drift.length > 0 || made.migrations.some(({ findings }) => findings.length > 0)
    : !made.nothingToDo;
  return work ? ExitCode.workToDo : ExitCode.ok;
}

function refuseUnreachable(error: unknown): never {
  throw error instanceof UnreachableError ? new Failure(ExitCode.unreachable, error.message, { cause: error }) : error;
}
