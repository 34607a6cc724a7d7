import type { Clock } from "../kernel/clock.ts";
import type { Session } from "../kernel/database.ts";
import type { Log } from "../kernel/log.ts";
import type { Observation } from "../kernel/observation.ts";
import type { Leftover } from "../ledger/leftover.ts";

/** How a database is reached, in words that never hold a password. */
export interface Connection {
  readonly url: string;
  /** `Postgres at db:5432/shop` */
  readonly place: string;
  /** Where the URL was written: `upgrade.url in /app/seaworthy.yaml, from UPGRADE_DATABASE_URL`. */
  readonly origin: string;
}

/** One database, and what this image wants in it. */
export interface UpgradeTarget extends Connection {
  /** The health check's connection to it; undefined where that has the same URL, or no dependency is there. */
  readonly readBy: Connection | undefined;
  readonly schemas: readonly SchemaTarget[];
  /** What another migration tool applies there. */
  readonly foreign: readonly ForeignSchema[];
}

export interface ForeignSchema {
  /** The dependency's name. */
  readonly name: string;
  /** The names of what that tool has not applied. */
  readonly missing: (session: Session) => Promise<readonly string[]>;
}

/** A schema in a database that seaworthy cannot upgrade itself: MySQL, MariaDB, SQLite. Rejects with an UnreachableError. */
export interface SchemaElsewhere {
  /** The dependency's name. */
  readonly name: string;
  /** The names of what its tool has not applied. */
  readonly missing: () => Promise<readonly string[]>;
  /** What earlier commands have left running in its database. */
  readonly findLeftovers: () => Promise<readonly Leftover[]>;
}

/** A schema as the health check looks at it. */
export interface SchemaCheck {
  /** The dependency's name. */
  readonly name: string;
  readonly url: string;
  /** Through the given session, or through one of its own. */
  readonly look: (session?: Session) => Promise<Observation>;
}

export interface SchemaTarget {
  /** In the order in which they are applied. */
  readonly migrations: readonly MigrationFile[];
  readonly history: History;
}

export interface MigrationFile {
  readonly name: string;
  readonly path: string;
}

/** The record of migrations in a database (ledger/postgres/tables/history.ts). */
export interface History {
  readonly survey: (
    session: Session,
    files: readonly { readonly name: string; readonly checksum: string }[],
  ) => Promise<HistorySurvey>;
  readonly table: OwnTable;
  readonly stepTable: OwnTable;
  readonly appliedSql: (session: Session, name: string, count: number) => string;
  readonly recordSql: (session: Session, record: MigrationRecord) => string;
  readonly intentSql: (session: Session, record: MigrationRecord) => string;
  readonly progressSql: (session: Session, name: string, statements: number, hashes: readonly string[]) => string;
  readonly adoptSql: (session: Session, name: string, hashes: readonly string[]) => string;
  readonly finishSql: (session: Session, name: string) => string;
  readonly withdrawSql: (session: Session, name: string) => string;
  readonly acceptSql: (session: Session, name: string, checksum: string) => string;
  readonly renameSql: (
    session: Session,
    renaming: { readonly from: string; readonly to: string; readonly isUnfinished: boolean },
  ) => string;
}

export interface HistorySurvey {
  readonly missing: readonly string[];
  readonly changed: readonly string[];
  readonly progress: ReadonlyMap<string, Progress>;
  readonly unknown: readonly {
    readonly name: string;
    readonly checksum: string;
    readonly isUnfinished: boolean;
    readonly release: string | undefined;
  }[];
}

/** How far a migration without a transaction has come that was not finished. */
export interface Progress {
  readonly statements: number;
  readonly hashes: readonly string[];
  readonly checksum: string;
}

interface MigrationRecord {
  readonly name: string;
  readonly checksum: string;
  readonly release: string | undefined;
  readonly floor: string | undefined;
}

/** A table that seaworthy keeps in a database (ledger/postgres/tables/own-tables.ts). */
interface OwnTable {
  readonly name: string;
  readonly createSql: string;
  readonly isPrivate?: boolean;
}

/** Creates those that are missing, and gives their names. Call it only while holding the upgrade lock. */
export type CreateTables = (session: Session, tables: readonly OwnTable[]) => Promise<ReadonlySet<string>>;

/** The record of releases in a database (ledger/postgres/tables/releases.ts). */
export interface Releases {
  readonly current: (session: Session, app: string) => Promise<string | undefined>;
  readonly table: OwnTable;
  readonly isCompleted: (
    session: Session,
    app: string,
    release: CompletedRelease,
    conditions: readonly string[],
  ) => Promise<boolean | undefined>;
  readonly recordSql: (session: Session, app: string, release: CompletedRelease) => string;
}

interface CompletedRelease {
  readonly version: string;
  readonly manifest: string | undefined;
}

export interface App {
  readonly name: string;
  readonly version?: string;
}

/** What every step of an upgrade gets. */
export interface UpgradePorts {
  readonly app: App;
  readonly clock: Clock;
  /** From 0 up to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  /** Aborted when the upgrade is to be interrupted: what runs is cancelled and rolled back. */
  readonly signal: AbortSignal;
}
