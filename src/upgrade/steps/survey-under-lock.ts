import type { App } from "../request.ts";
import { survey, type Survey } from "./survey.ts";
import type { LockedDatabase } from "./take-locks.ts";

/** Surveys again, because another upgrade may have held the lock meanwhile. Creates the missing tables. */
export async function surveyUnderLock(databases: readonly LockedDatabase[], app: App): Promise<readonly Survey[]> {
  const surveys: (() => Promise<Survey>)[] = [];
  for (const { database, locked } of databases) {
    const histories = database.target.schemas.map(({ history }) => history);
    const created = await locked.createTables(histories, true);
    surveys.push(() => survey(database, { app, withDrift: true, created }));
  }
  return Promise.all(surveys.map((run) => run()));
}
