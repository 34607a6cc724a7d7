import type { App, Commands, UpgradeContext } from "../request.ts";
import type { PreparedDatabase } from "./prepare-migrations.ts";
import { isRecorded, type Survey } from "./survey.ts";
import type { Missing } from "./tool-databases.ts";
import type { Regression } from "./verify.ts";

/** Other tools' pending migrations in all databases, by dependency name. */
export function missingOfTools(surveys: readonly Survey[], inToolDatabases: Missing): Missing {
  return new Map([...surveys.flatMap((found) => [...found.missingOfTools]), ...inToolDatabases]);
}

/** What the surveys of the databases cannot tell. */
export interface Outside {
  /** Other tools' pending migrations, in all databases. */
  readonly missing: Missing;
  readonly regressions: readonly Regression[];
}

/**
 * Returns the commands to run. If the release is recorded and only deferred contract migrations are left, its hooks have
 * run already.
 */
export function commandsDue(
  commands: Commands,
  prepared: readonly PreparedDatabase[],
  { missing, regressions }: Outside,
  app: App,
): Commands {
  const isLeftover =
    missing.size === 0 &&
    regressions.length === 0 &&
    prepared.every(({ survey }) => isRecorded(survey, app)) &&
    scriptsOf(prepared).every(({ directives }) => directives.contract !== undefined);
  if (!isLeftover) return commands;
  const { onFailure, runner } = commands;
  return { before: [], tools: [], after: [], onFailure, runner };
}

/** Logs what the upgrade will do. */
export function logOutline(
  prepared: readonly PreparedDatabase[],
  { missing, regressions }: Outside,
  { app, log }: UpgradeContext,
): void {
  const from = prepared[0]?.survey.release;
  const way = `${from === undefined ? "" : ` from ${from}`}${app.version === undefined ? "" : ` to ${app.version}`}`;
  const migrations = scriptsOf(prepared).length + [...missing.values()].flat().length;
  log.info(`upgrading ${app.name}${way}: ${migrations} to apply`, { migrations });
  for (const { name, reason } of prepared.every(({ survey }) => isRecorded(survey, app)) ? regressions : [])
    log.warn(`this release is recorded, but ${reason}`, { dependency: name });
  for (const late of prepared.flatMap(({ schemas }) => schemas.flatMap(({ outOfOrder }) => outOfOrder)))
    log.info(`${late} is out of order: later migrations are already applied`, { migration: late });
}

/** Whether a pending migration is a program. */
export function hasPrograms(prepared: readonly PreparedDatabase[]): boolean {
  return scriptsOf(prepared).some(({ language }) => language === "program");
}

function scriptsOf(prepared: readonly PreparedDatabase[]) {
  return prepared.flatMap(({ schemas }) => schemas.flatMap(({ scripts }) => scripts));
}
