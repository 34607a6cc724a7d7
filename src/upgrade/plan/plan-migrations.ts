import type { Ledger } from "../../ledger/ledger.ts";
import type { Allowance } from "../../migrations/directives.ts";
import type { JudgedFindings } from "../../migrations/finding.ts";
import { refuseContradiction } from "../../migrations/requirements.ts";
import { concerning } from "../../migrations/concerning.ts";
import { readScript, type MigrationScript } from "../../migrations/script.ts";
import type { App } from "../request.ts";
import { refuseProgramAfterStatements } from "../steps/program-in-place.ts";
import type { SchemaSurvey } from "../steps/survey.ts";
import type { PlannedMigration } from "./plan.ts";

export type Lint = (migrations: readonly LintedText[]) => Promise<readonly JudgedFindings[]>;

interface LintedText {
  readonly path: string;
  readonly sql: string;
  readonly transaction: boolean;
  readonly allowed: readonly Allowance[];
}

export interface PlanOptions {
  readonly ledger: Ledger;
  readonly lint: Lint;
  readonly app: App;
}

/** Reads, checks and lints the pending migrations of a schema. Throws a Failure (78) for a file that cannot run. */
export async function planMigrations(
  { names, pending, progress, outOfOrder }: SchemaSurvey,
  { ledger, lint, app }: PlanOptions,
): Promise<readonly PlannedMigration[]> {
  const scripts = pending.map((file) => {
    const script = readScript(file, ledger.dialect);
    refuseContradiction(script, names);
    const begun = progress.get(file.name);
    if (script.language === "program") refuseProgramAfterStatements(script, begun);
    else ledger.refuseOtherBeginning(script, begun);
    return script;
  });
  const findings = await findingsOf(scripts, lint);
  const planned: PlannedMigration[] = [];
  for (const script of scripts) {
    const begun = progress.get(script.name);
    const floor = script.directives.contract;
    const deferredBecause = floor === undefined ? undefined : await ledger.findOlderInstances(app.name, floor);
    planned.push({
      ...describe(script, findings.get(script)),
      grammar: findings.has(script) && ledger.dialect.engine === "postgres",
      ...(deferredBecause !== undefined && { deferredBecause }),
      ...(begun !== undefined && { resumesAfter: begun.statements }),
      outOfOrder: outOfOrder.includes(script.name),
    });
  }
  return planned;
}

/** Lints the SQL migrations. */
async function findingsOf(
  scripts: readonly MigrationScript[],
  lint: Lint,
): Promise<ReadonlyMap<MigrationScript, JudgedFindings>> {
  const checked = scripts.filter(({ language }) => language === "sql");
  if (checked.length === 0) return new Map();
  const findings = await lint(
    checked.map(({ path, source, directives: { transaction, allowed = [] } }) => ({
      path,
      sql: source,
      transaction,
      allowed,
    })),
  );
  return new Map(checked.map((script, index) => [script, findings[index] ?? none]));
}

const none: JudgedFindings = { findings: [], allowed: [] };

function describe(
  { name, path, size, language, directives: { contract: floor, transaction } }: MigrationScript,
  judged: JudgedFindings | undefined,
): Omit<PlannedMigration, "outOfOrder" | "grammar"> {
  return {
    name,
    path,
    size,
    language,
    transaction,
    tier: floor === undefined ? "expand" : "contract",
    ...(floor !== undefined && { floor }),
    linted: judged !== undefined,
    ...concerning(judged ?? none, floor),
  };
}
