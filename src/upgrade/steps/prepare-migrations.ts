import { refuseContradiction } from "../../migrations/requirements.ts";
import type { MigrationScript } from "../../migrations/script.ts";
import type { ScriptReader } from "../../migrations/script-reader.ts";
import type { UpgradeContext } from "../request.ts";
import { refuseProgramAfterStatements } from "./program-in-place.ts";
import { settleDrift } from "./settle-drift.ts";
import { survey, type SchemaSurvey, type Survey } from "./survey.ts";
import type { LockedDatabase } from "./take-locks.ts";

/** A locked database, and the migrations to apply there. */
export interface PreparedDatabase extends LockedDatabase {
  readonly survey: Survey;
  readonly schemas: readonly PreparedSchema[];
}

interface PreparedSchema extends SchemaSurvey {
  /** The pending migrations, read and checked. */
  readonly scripts: readonly MigrationScript[];
}

export interface Preparation {
  readonly surveys: readonly Survey[];
  readonly reader: ScriptReader;
  readonly acceptDrift: readonly string[];
}

/**
 * Refuses or records drift, then reads and checks every pending file: nothing starts if one of them cannot run. Throws a
 * Failure (78).
 */
export async function prepareMigrations(
  databases: readonly LockedDatabase[],
  { surveys, reader, acceptDrift }: Preparation,
  { app, log }: UpgradeContext,
): Promise<readonly PreparedDatabase[]> {
  for (const [index, { locked }] of databases.entries())
    await locked.createProgressTables(
      historiesWhere(surveys[index]?.schemas ?? [], ({ progress }) => progress.size > 0),
    );
  const hasRecorded = await settleDrift(databases, surveys, acceptDrift, log);
  const settled = hasRecorded
    ? await Promise.all(databases.map(({ database }) => survey(database, { app, withDrift: true })))
    : surveys;
  const prepared = databases.flatMap((database, index) => {
    const found = settled[index];
    return found === undefined ? [] : [readScripts(database, found, reader, acceptDrift)];
  });
  await loadModules(prepared);
  for (const { locked, schemas } of prepared)
    await locked.createProgressTables(historiesWhere(schemas, ({ scripts }) => scripts.some(isStepwise)));
  return prepared;
}

/** If drift is accepted, a begun migration keeps its finished statements, even if the file has changed. */
function readScripts(
  { database, locked }: LockedDatabase,
  survey: Survey,
  reader: ScriptReader,
  acceptDrift: readonly string[],
): PreparedDatabase {
  const schemas = survey.schemas.map((schema) => {
    const scripts = schema.pending.map((file) => reader.read(file, database.ledger.dialect));
    for (const script of scripts) {
      refuseContradiction(script, schema.names);
      const progress = schema.progress.get(script.name);
      if (script.language === "program") refuseProgramAfterStatements(script, progress);
      else locked.check(script, { progress, isAccepted: acceptDrift.includes(script.name) });
    }
    return { ...schema, scripts };
  });
  return { database, locked, survey, schemas };
}

/** Throws a Failure (78) if a module cannot be loaded or exports no `up`, before any migration starts. */
async function loadModules(prepared: readonly PreparedDatabase[]): Promise<void> {
  const scripts = prepared.flatMap(({ schemas }) => schemas.flatMap((schema) => schema.scripts));
  const modules = scripts.filter(({ language }) => language === "module");
  if (modules.length === 0) return;
  const { loadModule } = await import("../../migrations/module.ts");
  for (const { path } of modules) loadModule(path);
}

const isStepwise = ({ language, directives }: MigrationScript) => language === "sql" && !directives.transaction;

function historiesWhere<S extends SchemaSurvey>(schemas: readonly S[], isMeant: (schema: S) => boolean) {
  return schemas.filter(isMeant).map(({ history }) => history);
}
