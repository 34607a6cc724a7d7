import type { Ledger } from "../../ledger/ledger.ts";
import { explaining } from "../explain.ts";
import type { App, Commands, Connections, Scope, UpgradeContext } from "../request.ts";
import { connect, type Database } from "../steps/connect.ts";
import { isRecorded, survey, type Survey } from "../steps/survey.ts";
import { surveyToolDatabases } from "../steps/tool-databases.ts";
import { missingOfTools } from "../steps/outline-upgrade.ts";
import { findRegressions, verifyUnseen } from "../steps/verify.ts";
import { planMigrations, type Lint } from "./plan-migrations.ts";
import type { Plan, PlannedMigration } from "./plan.ts";

export interface PlanRequest {
  readonly scope: Scope;
  readonly connections: Connections;
  readonly commands: Pick<Commands, "before" | "tools" | "after">;
  readonly verifySeconds: number;
  /**
   * Creates one linter per database, because a later migration may use objects that an earlier one creates. It takes all
   * migrations of a schema at once, to need few queries.
   * @param ownTables seaworthy's own tables there, as `schema.table`
   */
  readonly createLint: (ledger: Pick<Ledger, "session" | "dialect">, ownTables: readonly string[]) => Promise<Lint>;
}

/** Looks at every database and changes nothing. */
export async function makePlan(request: PlanRequest, context: UpgradeContext): Promise<Plan> {
  await using opened = new AsyncDisposableStack();
  const databases = await connect({ ...request, purpose: "plan" }, context, opened);
  const ledgers = databases.map(({ ledger }) => ledger);
  return await explaining(ledgers, () => planDatabases(databases, request, context));
}

async function planDatabases(
  databases: readonly Database[],
  request: PlanRequest,
  context: UpgradeContext,
): Promise<Plan> {
  const { scope, connections, verifySeconds } = request;
  const { app } = context;
  const surveys: Survey[] = [];
  const migrations: PlannedMigration[] = [];
  for (const database of databases) {
    const found = await survey(database, { app, withDrift: true });
    surveys.push(found);
    migrations.push(...(await planDatabase(found, request, app)));
  }
  const outside = await surveyToolDatabases(scope.toolDatabases, { ...context, ...connections });
  const foreign = Object.fromEntries(missingOfTools(surveys, outside));
  const drift = surveys.flatMap(({ schemas }) => schemas.flatMap(({ drifts }) => drifts));
  const isEveryReleaseRecorded = app.version === undefined || surveys.every((found) => isRecorded(found, app));
  const regressions = await findRegressions(databases, scope.checks, context);
  const nothingToDo =
    regressions.length === 0 &&
    migrations.length === 0 &&
    Object.keys(foreign).length === 0 &&
    isEveryReleaseRecorded &&
    drift.length === 0;
  if (nothingToDo) await verifyUnseen(databases, { ...scope, verifySeconds }, context);
  const release = surveys.map((found) => found.release).find((version) => version !== undefined);
  return {
    databases: databases.map(nameDatabase),
    app: { name: app.name, from: release ?? null, to: app.version ?? null },
    migrations,
    foreign,
    regressions,
    tools: toolKeys(request.commands, foreign),
    hooks: nothingToDo ? [] : hookKeys(request.commands),
    drift,
    nothingToDo,
  };
}

/** Creates the linter at the first pending migration, and uses it for the whole database. */
async function planDatabase(
  { database: { ledger, target }, schemas }: Survey,
  { createLint }: PlanRequest,
  app: App,
): Promise<readonly PlannedMigration[]> {
  const ownTables = ledger.tablesFor(target.schemas.map(({ history }) => history));
  let created: Promise<Lint> | undefined;
  const lint: Lint = async (scripts) => (await (created ??= createLint(ledger, ownTables)))(scripts);
  const planned: PlannedMigration[] = [];
  for (const schema of schemas) planned.push(...(await planMigrations(schema, { ledger, app, lint })));
  return planned;
}

function nameDatabase({ target: { place, origin }, identity: { database, role } }: Database) {
  return { place, database, role, origin };
}

function toolKeys({ tools }: PlanRequest["commands"], foreign: Plan["foreign"]): Plan["tools"] {
  const keys = tools.flatMap(({ key, schemas }) => schemas.map((name) => [name, key] as const));
  return Object.fromEntries(keys.filter(([name]) => Object.hasOwn(foreign, name)));
}

function hookKeys({ before, after }: PlanRequest["commands"]): readonly string[] {
  return [
    ...before.map((_, index) => `upgrade.before[${index}]`),
    ...after.map((_, index) => `upgrade.after[${index}]`),
  ];
}
