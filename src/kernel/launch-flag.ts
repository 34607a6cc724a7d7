/** Internal flag: seaworthy starts itself with it to become an app (platform/processes/launch.ts). */
export const launchFlag = "--launch";
/** Internal flag: seaworthy starts itself with it to write to a SQLite database (platform/drivers/sqlite/process.ts). */
export const serveSqliteFlag = "--serve-sqlite";
