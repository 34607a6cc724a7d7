import type { OutputFormat } from "../../src/cli/command.ts";
import { ExitCode } from "../../src/kernel/failure.ts";
import type { Ledger } from "../../src/ledger/ledger.ts";
import { makePlan } from "../../src/upgrade/plan/make-plan.ts";
import type { Lint } from "../../src/upgrade/plan/plan-migrations.ts";
import type { Plan } from "../../src/upgrade/plan/plan.ts";
import { formatPlan } from "../../src/upgrade/plan/plan-text.ts";
import type { Context } from "../context.ts";
import { findRepositoryRoot } from "../repository-root.ts";
import { version } from "../version.ts";
import { loadScope, upgradeContext } from "../upgrade-scope.ts";

interface PlanCommand {
  readonly format: OutputFormat;
  readonly strict: boolean;
  readonly configPath?: string;
}

/** Shows what an upgrade would do. Exit 0 nothing to do, 3 work to do; with --strict 3 for findings only. */
export async function plan({ format, strict, configPath }: PlanCommand, context: Context): Promise<number> {
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
  context.print(context.redact(await show(made, format, context.workingDirectory)));
  const work = strict
    ? made.drift.length > 0 || made.migrations.some(({ findings }) => findings.length > 0)
    : !made.nothingToDo;
  return work ? ExitCode.workToDo : ExitCode.ok;
}

async function show(made: Plan, format: OutputFormat, workingDirectory: string): Promise<string> {
  if (format === "text") return formatPlan(made);
  if (format === "json") return `${JSON.stringify(made, null, 2)}\n`;
  const { formatReport } = await import("../../src/lint/report/format-report.ts");
  const unreadable = made.drift.map(({ kind, name }) => ({
    message: `${name} was ${kind} after it was applied (see --accept-drift)`,
  }));
  const root = findRepositoryRoot(workingDirectory);
  const migrations = made.migrations.map((one) => ({
    ...one,
    ...(!one.linted && { notLinted: "only SQL is linted" }),
  }));
  return formatReport({ migrations, unreadable }, { format, root, version, isPlan: true });
}

async function createLint(ledger: Pick<Ledger, "session" | "dialect">, ownTables: readonly string[]): Promise<Lint> {
  const { applyAllowances } = await import("../../src/lint/allow.ts");
  const lint = await createAnyLinter(ledger, ownTables);
  return async (migrations) => {
    const findings = await lint(migrations);
    return migrations.map(({ path, allowed }, index) => applyAllowances(path, findings[index] ?? [], allowed));
  };
}

async function createAnyLinter(
  { session, dialect }: Pick<Ledger, "session" | "dialect">,
  ownTables: readonly string[],
) {
  if (dialect.engine !== "postgres") {
    const { createPlainLinter } = await import("../../src/lint/plain/lint-plain.ts");
    const { readExistingObjects } = await import("../../src/lint/plain/existing-objects.ts");
    return createPlainLinter(dialect, await readExistingObjects(session, dialect));
  }
  const { createLinter } = await import("../../src/lint/lint.ts");
  const { openCatalog } = await import("../../src/lint/catalog/catalog.ts");
  const { describeColumn } = await import("../../src/lint/catalog/column-facts.ts");
  const [row] = await session.query("SHOW server_version_num");
  return createLinter({
    serverVersion: Math.floor(Number(row?.["server_version_num"]) / 10_000),
    catalog: await openCatalog(session, ownTables),
    describeColumn: (table, column) => describeColumn(session, table, column),
  });
}
