import type { Progress } from "../../ledger/history.ts";
import type { MigrationFile } from "../../migrations/migration-file.ts";
import { compareVersions } from "../../versions/compare.ts";
import { parseRelease } from "../../versions/parse.ts";
import type { App } from "../request.ts";
import type { SchemaTarget } from "../../targets/targets.ts";
import type { Database } from "./connect.ts";
import { checksumsOf, findDrift, isOfUnfinished, type Drift } from "./find-drift.ts";
import type { Missing } from "./tool-databases.ts";

/** The recorded state of one database, and this image's migrations that it lacks. */
export interface Survey {
  readonly database: Database;
  /** This app's recorded release. */
  readonly release: string | undefined;
  readonly schemas: readonly SchemaSurvey[];
  /** Another tool's pending migrations, by dependency name. */
  readonly missingOfTools: Missing;
}

export interface SchemaSurvey {
  /** The dependency's name. */
  readonly name: string;
  /** The table of its history. */
  readonly history: string;
  /** The names of all of the image's migrations, in order. */
  readonly names: readonly string[];
  /** Not applied yet, in order. */
  readonly pending: readonly MigrationFile[];
  /** Pending migrations that come before an applied one: they were merged late. */
  readonly outOfOrder: readonly string[];
  /** The progress of each unfinished migration without a transaction, by name. */
  readonly progress: ReadonlyMap<string, Progress>;
  readonly drifts: readonly Drift[];
  readonly checksums: ReadonlyMap<string, string>;
}

export interface SurveyOptions {
  readonly app: App;
  /** Reads every file to find changed ones. Otherwise only names are compared. */
  readonly withDrift: boolean;
  /** Tables just created under the lock: they are empty, and are not queried. Default: none. */
  readonly created?: { readonly histories: ReadonlySet<string>; readonly releases: boolean } | undefined;
}

/** Surveys one database. */
export async function survey(database: Database, options: SurveyOptions): Promise<Survey> {
  const { ledger, target } = database;
  const { app, created, withDrift } = options;
  const release = created?.releases === true ? undefined : await ledger.currentRelease(app.name);
  const schemas: SchemaSurvey[] = [];
  for (const schema of target.schemas) {
    const isNew = created?.histories.has(schema.history) === true;
    schemas.push(isNew ? emptySurvey(schema) : await surveySchema(schema, database, { app, withDrift }));
  }
  return { database, release, schemas, missingOfTools: await surveyToolSchemas(database) };
}

/** Finds other tools' pending migrations in this database, by dependency name. */
export async function surveyToolSchemas({ target, ledger }: Database): Promise<Missing> {
  const missing = await Promise.all(
    target.toolSchemas.map(async (schema) => [schema.name, await schema.missing(ledger.session)] as const),
  );
  return new Map(missing.filter(([, names]) => names.length > 0));
}

function emptySurvey({ name, history, migrations }: SchemaTarget): SchemaSurvey {
  const names = migrations.map(({ name }) => name);
  return {
    name,
    history,
    names,
    pending: migrations,
    outOfOrder: [],
    checksums: new Map(),
    progress: new Map(),
    drifts: [],
  };
}

async function surveySchema(
  schema: SchemaTarget,
  { ledger }: Database,
  { app, withDrift }: SurveyOptions,
): Promise<SchemaSurvey> {
  const { name, history, migrations } = schema;
  const surveyWith = (checksums: ReadonlyMap<string, string>) =>
    ledger.survey(
      history,
      migrations.map(({ name }) => ({ name, checksum: checksums.get(name) ?? "" })),
    );
  let checksums: ReadonlyMap<string, string> = new Map();
  let found = await surveyWith(checksums);
  // Without recorded migrations there is no drift, and no file has to be read.
  const hasRows = found.missing.length < migrations.length || found.unknown.length > 0;
  // A half-done migration must be noticed even if its file is gone.
  const looksForDrift = withDrift || found.unknown.some(({ isUnfinished }) => isUnfinished);
  if (looksForDrift && hasRows) {
    checksums = checksumsOf(schema);
    found = await surveyWith(checksums);
  }
  const missing = new Set(found.missing);
  const drifts = looksForDrift ? findDrift(found, checksums, app) : [];
  return {
    name,
    history,
    names: migrations.map(({ name }) => name),
    pending: migrations.filter(({ name }) => missing.has(name)),
    outOfOrder: outOfOrder(missing, migrations),
    checksums,
    progress: found.progress,
    drifts: drifts.filter((drift) => withDrift || isOfUnfinished(drift)),
  };
}

/** Nothing to apply, no drift, and this release or a newer one is recorded. */
export function isUpToDate(found: Survey, app: App): boolean {
  const isApplied = found.missingOfTools.size === 0 && found.schemas.every(({ pending }) => pending.length === 0);
  return (
    isApplied &&
    (app.version === undefined || isRecorded(found, app)) &&
    found.schemas.every(({ drifts }) => drifts.length === 0)
  );
}

/** Whether this release or a newer one has been completed in that database. */
export function isRecorded({ release }: Pick<Survey, "release">, { version }: App): boolean {
  return version !== undefined && isAtLeast(release, version);
}

/** An older image that upgrades late must not turn the record back. Versions that cannot be compared must be equal. */
function isAtLeast(recorded: string | undefined, version: string): boolean {
  const [found, wanted] = [parseRelease(recorded ?? ""), parseRelease(version)];
  return found !== undefined && wanted !== undefined ? compareVersions(found, wanted) >= 0 : recorded === version;
}

function outOfOrder(missing: ReadonlySet<string>, migrations: readonly MigrationFile[]): readonly string[] {
  const lastApplied = migrations.findLastIndex(({ name }) => !missing.has(name));
  return migrations
    .slice(0, lastApplied + 1)
    .filter(({ name }) => missing.has(name))
    .map(({ name }) => name);
}
