import type { App, Commands, UpgradeContext } from "../request.ts";
import type { Work } from "./prepare-work.ts";
import { isRecorded, type Survey } from "./survey.ts";
import type { Missing } from "./tool-databases.ts";

/** What other tools have not applied in all databases, by the name of the dependency. */
export function missingOfTools(surveys: readonly Survey[], inToolDatabases: Missing): Missing {
  return new Map([...surveys.flatMap((found) => [...found.missingOfTools]), ...inToolDatabases]);
}

/**
 * The commands that are to be run. What is left of a release that is recorded are contract migrations that were deferred:
 * its commands have run.
 */
export function commandsDue(commands: Commands, works: readonly Work[], missing: Missing, app: App): Commands {
  const isLeftover =
    missing.size === 0 &&
    works.every(({ survey }) => isRecorded(survey, app)) &&
    scriptsOf(works).every(({ directives }) => directives.contract !== undefined);
  if (!isLeftover) return commands;
  const { onFailure, runner } = commands;
  return { before: [], after: [], onFailure, runner };
}

/** Logs what will be done. */
export function logWork(works: readonly Work[], missing: Missing, { app, log }: UpgradeContext): void {
  const from = works[0]?.survey.release;
  const way = `${from === undefined ? "" : ` from ${from}`}${app.version === undefined ? "" : ` to ${app.version}`}`;
  const migrations = scriptsOf(works).length + [...missing.values()].flat().length;
  log.info(`upgrading ${app.name}${way}: ${migrations} to apply`, { migrations });
  for (const late of works.flatMap(({ schemas }) => schemas.flatMap(({ outOfOrder }) => outOfOrder)))
    log.info(`${late} is out of order: some that come after it are applied already`, { migration: late });
}

function scriptsOf(works: readonly Work[]) {
  return works.flatMap(({ schemas }) => schemas.flatMap(({ scripts }) => scripts));
}
