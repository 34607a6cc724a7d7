import type { Session } from "../kernel/database.ts";
import { compareVersions } from "../versions/compare.ts";
import { parseRelease } from "../versions/parse.ts";
import { checksumsOf, findDrift, isOfUnfinished, type Drift } from "./drift.ts";
import type { App, History, MigrationFile, Progress, Releases, SchemaTarget, UpgradeTarget } from "./ports.ts";

/** What one database has, and what of this image is missing in it. */
export interface TargetSurvey {
  readonly target: UpgradeTarget;
  readonly session: Session;
  /** The release of this app that is recorded there. */
  readonly release: string | undefined;
  readonly schemas: readonly SchemaSurvey[];
  /** What another tool has not applied, by the name of the dependency. */
  readonly foreign: ReadonlyMap<string, readonly string[]>;
}

export interface SchemaSurvey {
  readonly history: History;
  /** Not applied yet, in order. */
  readonly pending: readonly MigrationFile[];
  /** Of each migration without a transaction that was begun and not finished, by its name. */
  readonly progress: ReadonlyMap<string, Progress>;
  readonly drifts: readonly Drift[];
  readonly checksums: ReadonlyMap<string, string>;
}

export interface SurveyOptions {
  readonly app: App;
  readonly releases: Releases;
  /** Reads every file to find those that were changed. Otherwise only names are compared. */
  readonly withDrift: boolean;
  /** Names of seaworthy's tables there that have just been created, under the lock: they are empty. Default: none. */
  readonly created?: ReadonlySet<string> | undefined;
}

export async function surveyTarget(
  target: UpgradeTarget,
  session: Session,
  options: SurveyOptions,
): Promise<TargetSurvey> {
  const { app, created, releases } = options;
  const release = created?.has(releases.table.name) ? undefined : await releases.current(session, app.name);
  const schemas: SchemaSurvey[] = [];
  for (const schema of target.schemas) schemas.push(await surveySchema(schema, session, options));
  const foreign = await surveyForeign(target, session);
  return { target, session, release, schemas, foreign };
}

/** By the name of the dependency, those that have something missing. */
export async function surveyForeign(
  { foreign }: UpgradeTarget,
  session: Session,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const missing = await Promise.all(
    foreign.map(async (schema) => [schema.name, await schema.missing(session)] as const),
  );
  return new Map(missing.filter(([, names]) => names.length > 0));
}

async function surveySchema(
  schema: SchemaTarget,
  session: Session,
  { app, created, withDrift }: SurveyOptions,
): Promise<SchemaSurvey> {
  const { history, migrations } = schema;
  if (created?.has(history.table.name))
    return { history, pending: migrations, checksums: new Map(), progress: new Map(), drifts: [] };
  const surveyWith = (checksums: ReadonlyMap<string, string>) =>
    history.survey(
      session,
      migrations.map(({ name }) => ({ name, checksum: checksums.get(name) ?? "" })),
    );
  let checksums: ReadonlyMap<string, string> = new Map();
  let survey = await surveyWith(checksums);
  // Where nothing is recorded nothing can have drifted: then no file is read for it.
  const hasRows = survey.missing.length < migrations.length || survey.unknown.length > 0;
  // What is half done must not be forgotten because its file is gone.
  const looksForDrift = withDrift || survey.unknown.some(({ isUnfinished }) => isUnfinished);
  if (looksForDrift && hasRows) {
    checksums = checksumsOf(schema);
    survey = await surveyWith(checksums);
  }
  const missing = new Set(survey.missing);
  const pending = migrations.filter(({ name }) => missing.has(name));
  return {
    history,
    pending,
    checksums,
    progress: survey.progress,
    drifts: looksForDrift
      ? findDrift(survey, checksums, app).filter((drift) => withDrift || isOfUnfinished(drift))
      : [],
  };
}

/** Nothing to apply, and this release or a newer one is recorded. */
export function isDone(survey: TargetSurvey, app: App): boolean {
  const isApplied = survey.foreign.size === 0 && survey.schemas.every(({ pending }) => pending.length === 0);
  return isApplied && (app.version === undefined || isRecorded(survey, app));
}

/** Whether this release or a newer one has been completed in that database. */
export function isRecorded({ release }: TargetSurvey, { version }: App): boolean {
  return version !== undefined && isAtLeast(release, version);
}

/** An older image that upgrades late must not turn the record back. What cannot be compared counts only when it is equal. */
function isAtLeast(recorded: string | undefined, version: string): boolean {
  const [found, wanted] = [parseRelease(recorded ?? ""), parseRelease(version)];
  return found !== undefined && wanted !== undefined ? compareVersions(found, wanted) >= 0 : recorded === version;
}

/** Applied files that come later than a pending one in the order of names: it was merged late. */
export function outOfOrder(pending: readonly MigrationFile[], migrations: readonly MigrationFile[]): readonly string[] {
  const names = new Set(pending.map(({ name }) => name));
  const lastApplied = migrations.findLastIndex(({ name }) => !names.has(name));
  return migrations
    .slice(0, lastApplied + 1)
    .filter(({ name }) => names.has(name))
    .map(({ name }) => name);
}

export function outOfOrderIn({ target, schemas }: TargetSurvey): readonly string[] {
  return schemas.flatMap(({ pending }, index) => outOfOrder(pending, target.schemas[index]?.migrations ?? []));
}
