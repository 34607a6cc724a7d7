import type { Session } from "../kernel/database.ts";
import { findOlderInstances } from "../ledger/postgres/instances.ts";
import type { Finding } from "../migrations/finding.ts";
import type { Hook } from "./commands/hooks.ts";
import { compareWithHealth, type DatabaseOptions, type NamedDatabase } from "./databases/compare.ts";
import { identify } from "../ledger/postgres/identity.ts";
import { surveyElsewhere } from "./databases/elsewhere.ts";
import type { App, SchemaElsewhere, UpgradeTarget } from "./ports.ts";
import { refuseOtherPrefix } from "../ledger/postgres/applying/resumable.ts";
import { refuseContradiction } from "../migrations/requirements.ts";
import { readScript, type MigrationScript } from "../migrations/script.ts";
import { isRecorded, outOfOrder, surveyTarget, type SurveyOptions } from "./survey.ts";
import type { OpenSession, PatienceOptions } from "../ledger/sessions.ts";
import { verifyThroughHealth, type OpenTarget, type VerifyOptions } from "./databases/verify.ts";

/** What an upgrade would do now. */
export interface Plan {
  /** Where it would work, and as whom. */
  readonly databases: readonly NamedDatabase[];
  /** From the recorded release to the image's version. Null for one that there is not, so that JSON shows it too. */
  readonly app: { readonly name: string; readonly from: string | null; readonly to: string | null };
  readonly migrations: readonly PlannedMigration[];
  /** What another tool would apply, by the name of the dependency. */
  readonly foreign: Readonly<Record<string, readonly string[]>>;
  /** Names of hooks that would run, as their keys in the configuration. */
  readonly hooks: readonly string[];
  /** What would be refused. */
  readonly drift: readonly { readonly kind: string; readonly name: string }[];
  readonly nothingToDo: boolean;
}

export interface PlannedMigration {
  readonly name: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly tier: "expand" | "contract";
  /** The oldest app version that still works after a contract migration. */
  readonly floor?: string;
  readonly transaction: boolean;
  /** Others that come later by name are applied already: it was merged late. */
  readonly outOfOrder: boolean;
  /** How many of its statements are done, where it was begun and not finished. */
  readonly resumesAfter?: number;
  /** Why it would be left for a later upgrade. */
  readonly deferredBecause?: string;
  readonly findings: readonly Finding[];
}

export interface PlanOptions extends PatienceOptions, DatabaseOptions, VerifyOptions, Omit<SurveyOptions, "withDrift"> {
  readonly targets: readonly UpgradeTarget[];
  /** Schemas in other kinds of databases. */
  readonly elsewhere: readonly SchemaElsewhere[];
  readonly before: readonly Hook[];
  readonly after: readonly Hook[];
  readonly open: OpenSession;
  /**
   * One for each database: what one migration makes is new to the next. All of a schema are given at once, so that it
   * needs few queries.
   * @param ownTables seaworthy's own there, as `schema.table`
   */
  readonly createLint: (session: Session, ownTables: readonly string[]) => Promise<Lint>;
}

type Lint = (
  migrations: readonly { readonly sql: string; readonly transaction: boolean }[],
) => Promise<readonly (readonly Finding[])[]>;

/** Looks at every database and changes nothing. */
export async function makePlan(options: PlanOptions): Promise<Plan> {
  const { app } = options;
  const migrations: PlannedMigration[] = [];
  const drift: { readonly kind: string; readonly name: string }[] = [];
  let release: string | undefined;
  let recorded = true;
  const foreign: Record<string, readonly string[]> = {};
  const open: OpenTarget[] = [];
  for (const target of options.targets) {
    const session = await options.open(target.url, "plan");
    const identity = await identify(session);
    open.push({ target, session, reached: await compareWithHealth(target, session, identity, options) });
    const survey = await surveyTarget(target, session, { ...options, withDrift: true });
    const histories = target.schemas.flatMap(({ history }) => [history.table.name, history.stepTable.name]);
    const ownTables = [...histories, options.releases.table.name];
    let created: Promise<Lint> | undefined;
    const lint: Lint = async (scripts) => (await (created ??= options.createLint(session, ownTables)))(scripts);
    release ??= survey.release;
    for (const [name, missing] of survey.foreign) foreign[name] = missing;
    recorded &&= app.version === undefined || isRecorded(survey, app);
    for (const [index, schema] of survey.schemas.entries()) {
      drift.push(...schema.drifts);
      const late = new Set(outOfOrder(schema.pending, target.schemas[index]?.migrations ?? []));
      const names = target.schemas[index]?.migrations.map(({ name }) => name) ?? [];
      const scripts = schema.pending.map((file) => {
        const script = readScript(file);
        refuseContradiction(script, names);
        refuseOtherPrefix(script, schema.progress.get(file.name));
        return script;
      });
      const findings = await findingsOf(scripts, lint);
      for (const script of scripts) {
        const planned = await planMigration(script, { session, app, findings: findings.get(script) ?? [] });
        const progress = schema.progress.get(script.name);
        const resumesAfter = progress === undefined ? {} : { resumesAfter: progress.statements };
        migrations.push({ ...planned, ...resumesAfter, outOfOrder: late.has(script.name) });
      }
    }
  }
  for (const [name, missing] of await surveyElsewhere(options.elsewhere, options)) foreign[name] = missing;
  const nothingToDo = migrations.length === 0 && Object.keys(foreign).length === 0 && recorded && drift.length === 0;
  if (nothingToDo) await verifyThroughHealth(open, options);
  const databases = open.map(({ target: { place, origin }, reached: { identity } }) => ({
    place,
    database: identity.database,
    role: identity.role,
    origin,
  }));
  const hooks = nothingToDo
    ? []
    : [
        ...options.before.map((_, index) => `upgrade.before[${index}]`),
        ...options.after.map((_, index) => `upgrade.after[${index}]`),
      ];
  const way = { name: app.name, from: release ?? null, to: app.version ?? null };
  return { databases, app: way, migrations, foreign, hooks, drift, nothingToDo };
}

/** Of those in SQL. */
async function findingsOf(
  scripts: readonly MigrationScript[],
  lint: Lint,
): Promise<ReadonlyMap<MigrationScript, readonly Finding[]>> {
  const checked = scripts.filter(({ language }) => language === "sql");
  if (checked.length === 0) return new Map();
  const findings = await lint(
    checked.map(({ source, directives }) => ({ sql: source, transaction: directives.transaction })),
  );
  return new Map(checked.map((script, index) => [script, findings[index] ?? []]));
}

interface PlanContext {
  readonly session: Session;
  readonly app: App;
  readonly findings: readonly Finding[];
}

async function planMigration(
  script: MigrationScript,
  { session, app, findings }: PlanContext,
): Promise<Omit<PlannedMigration, "outOfOrder" | "resumesAfter">> {
  const { name, path, size, directives } = script;
  const { contract: floor, transaction } = directives;
  const deferred = floor === undefined ? undefined : await findOlderInstances(session, app.name, floor);
  return {
    name,
    path,
    size,
    transaction,
    tier: floor === undefined ? "expand" : "contract",
    ...(floor !== undefined && { floor }),
    ...(deferred !== undefined && { deferredBecause: deferred }),
    // What a contract migration breaks it is meant to break; that it blocks a table is wrong there as well.
    findings: findings.filter(({ severity }) => floor === undefined || severity !== "breaks-previous-version"),
  };
}
