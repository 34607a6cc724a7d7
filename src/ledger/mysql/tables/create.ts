import type { Session } from "../../../kernel/database.ts";
import { instancesName, placeOf, quoteTable, releasesName, stepSuffix } from "./names.ts";

/** Names are compared byte by byte. The format allows long keys on every supported server. */
const options = "ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT = DYNAMIC";

/** A row without `applied_at` is a migration that was begun and not finished. Times are in UTC. */
const historySql = (table: string) => `CREATE TABLE ${quoteTable(table)} (
  position bigint NOT NULL AUTO_INCREMENT,
  name varchar(255) NOT NULL,
  checksum varchar(64) NOT NULL,
  \`release\` varchar(255) NULL,
  floor varchar(255) NULL,
  started_at datetime(6) NOT NULL,
  applied_at datetime(6) NULL,
  PRIMARY KEY (name), UNIQUE KEY (position), KEY (floor), KEY (applied_at)) ${options}`;

/**
 * The statements of unfinished migrations (steps.ts). A statement may hold a password, which could be guessed from its hash:
 * the rows of a migration are deleted when it is finished.
 */
const stepSql = (table: string) => `CREATE TABLE ${quoteTable(table, stepSuffix)} (
  name varchar(255) NOT NULL,
  position int NOT NULL,
  hash char(64) NOT NULL,
  state varchar(16) NOT NULL,
  objects mediumtext NULL,
  variables mediumtext NULL,
  noted_at datetime(6) NOT NULL,
  PRIMARY KEY (name, position)) ${options}`;

const releaseSql = `CREATE TABLE ${quoteTable(releasesName)} (
  position bigint NOT NULL AUTO_INCREMENT,
  app varchar(255) NOT NULL,
  version varchar(255) NOT NULL,
  manifest varchar(64) NULL,
  recorded_at datetime(6) NOT NULL,
  PRIMARY KEY (position), KEY (app, position)) ${options}`;

const instanceSql = `CREATE TABLE ${quoteTable(instancesName)} (
  id varchar(64) NOT NULL,
  app varchar(255) NOT NULL,
  version varchar(255) NULL,
  host varchar(255) NOT NULL,
  started_at datetime(6) NOT NULL,
  seen_at datetime(6) NOT NULL,
  PRIMARY KEY (id)) ${options}`;

interface LedgerTable {
  readonly table: string;
  readonly suffix: string;
  readonly sql: string;
}

/**
 * Creates the missing tables. Call it only while holding the upgrade lock.
 * @returns the names of the new tables, which are empty
 */
export async function createTables(
  session: Session,
  histories: readonly string[],
  withReleases: boolean,
): Promise<ReadonlySet<string>> {
  const tables: readonly LedgerTable[] = [
    ...(withReleases
      ? [
          { table: releasesName, suffix: "", sql: releaseSql },
          { table: instancesName, suffix: "", sql: instanceSql },
        ]
      : []),
    // Two folders of migrations may share one history.
    ...[...new Set(histories)].flatMap((table) => [
      { table, suffix: "", sql: historySql(table) },
      { table, suffix: stepSuffix, sql: stepSql(table) },
    ]),
  ];
  const created = new Set<string>();
  for (const one of tables) {
    if (await exists(session, one)) continue;
    await session.execute(one.sql);
    if (one.suffix === "") created.add(one.table);
  }
  return created;
}

/** CREATE … IF NOT EXISTS needs the right to create even if the table exists. */
async function exists(session: Session, { table, suffix }: LedgerTable): Promise<boolean> {
  const { database, name } = placeOf(table, suffix);
  const schema = database === undefined ? "DATABASE()" : session.literal(database);
  const rows = await session.query(
    `SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = ${schema} AND TABLE_NAME = ${session.literal(name)}`,
  );
  return rows.length > 0;
}
