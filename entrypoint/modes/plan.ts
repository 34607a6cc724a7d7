import type { Session } from "../../src/kernel/database.ts";
import { ExitCode } from "../../src/kernel/failure.ts";
import { makePlan } from "../../src/upgrade/plan/make-plan.ts";
import { formatPlan } from "../../src/upgrade/plan/plan-text.ts";
import type { Context } from "../context.ts";
import { loadScope, upgradeContext } from "../upgrade-scope.ts";

interface PlanCommand {
  readonly json: boolean;
  readonly strict: boolean;
  readonly configPath?: string;
}

/** Shows what an upgrade would do. Exit 0 nothing to do, 3 work to do; with --strict 3 for findings only. */
export async function plan({ json, strict, configPath }: PlanCommand, context: Context): Promise<number> {
  const { settings, scope, connections, tools } = await loadScope(configPath, context);
  const { upgrade } = settings;
  // A person waits for the plan.
  const impatient = { ...connections, connectTimeoutSeconds: 0 };
  const made = await makePlan(
    {
      scope,
      connections: impatient,
      commands: { ...upgrade, tools },
      verifySeconds: upgrade.verifySeconds,
      createLint,
    },
    upgradeContext(settings, context, new AbortController().signal),
  );
  context.print(context.redact(json ? `${JSON.stringify(made, null, 2)}\n` : formatPlan(made)));
  const work = strict
    ? made.drift.length > 0 || made.migrations.some(({ findings }) => findings.length > 0)
    : !made.nothingToDo;
  return work ? ExitCode.workToDo : ExitCode.ok;
}

async function createLint(session: Session, ownTables: readonly string[]) {
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
}
