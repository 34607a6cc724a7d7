import type { MigrationFile } from "../../migrations/migration-file.ts";
import type { Dialect } from "../../migrations/sql/dialect.ts";
import type { UpgradeContext, UpgradeRequest } from "../request.ts";
import type { Database } from "./connect.ts";
import { isReleaseCompleted } from "./record-release.ts";
import { isUpToDate, survey } from "./survey.ts";
import { surveyToolDatabases } from "./tool-databases.ts";
import { findRegressions } from "./verify.ts";

export type FirstSurvey =
  /** There is nothing to do, for this reason. */
  | { readonly isDone: true; readonly reason: string }
  /** These migrations are probably pending. */
  | { readonly isDone: false; readonly pending: readonly PendingFile[] };

interface PendingFile extends MigrationFile {
  readonly dialect: Dialect;
}

/** Checks without the lock whether there is anything to do. Most upgrades end here. */
export async function surveyBeforeLock(
  databases: readonly Database[],
  { scope, connections, acceptDrift }: Pick<UpgradeRequest, "scope" | "connections" | "acceptDrift">,
  context: UpgradeContext,
): Promise<FirstSurvey> {
  const { app } = context;
  const completed = await Promise.all(databases.map((database) => isReleaseCompleted(database, context)));
  const missing = await surveyToolDatabases(scope.toolDatabases, { ...context, ...connections });
  // Asked last: the first upgrade of a release has to look only at its end.
  const isAllCompatible = async () => (await findRegressions(databases, scope.checks, context)).length === 0;
  // Nothing was ever recorded, so there is something to do.
  if (completed.includes(undefined))
    return {
      isDone: false,
      pending: databases.flatMap((database) =>
        database.target.schemas.flatMap((one) => one.migrations.map(read(database))),
      ),
    };
  // Without a version, no release shows that the files are unchanged. So read every file, every time.
  const withDrift = app.version === undefined || acceptDrift.length > 0;
  // A record can be wrong: a restored history may lack a migration, and have another in its place.
  const found = await Promise.all(databases.map((database) => survey(database, { app, withDrift })));
  if (missing.size === 0 && found.every((one) => isUpToDate(one, app)) && (await isAllCompatible())) {
    const reason = completed.every(Boolean) ? "this release is completed" : "every migration is applied";
    return { isDone: true, reason };
  }
  return {
    isDone: false,
    pending: found.flatMap(({ database, schemas }) => schemas.flatMap(({ pending }) => pending.map(read(database)))),
  };
}

const read =
  ({ ledger: { dialect } }: Database) =>
  (file: MigrationFile): PendingFile => ({ ...file, dialect });
