import type { Session } from "../kernel/database.ts";
import type { MigrationScript } from "../migrations/script.ts";
import type { Dialect } from "../migrations/sql/dialect.ts";
import type { HistorySurvey, MigrationRecord, Progress, Renaming } from "./history.ts";
import type { Comparison, Identity } from "./identity.ts";
import type { Leftover } from "./leftover.ts";
import type { CompletedRelease, CompleteHistory } from "./release.ts";

/**
 * A database, and seaworthy's records in it. This interface only reads: take the lock to write. A history is named by its
 * table, `schema.table` in lower case.
 */
export interface Ledger {
  /** The ledger's own session. Others may query it too: another tool's history, a check, the linter. */
  readonly session: Session;
  /** How this server reads SQL. */
  readonly dialect: Dialect;
  readonly identify: () => Promise<Identity>;
  /** @param health a session of the health check, which stays open */
  readonly compareWith: (health: Session) => Promise<Comparison>;
  /**
   * Whether this release was completed, and its histories have as many migrations as then. Undefined if a table is missing. One
   * query for histories of any length. `survey` compares the names.
   */
  readonly isCompleted: (
    release: CompletedRelease,
    histories: readonly CompleteHistory[],
  ) => Promise<boolean | undefined>;
  readonly currentRelease: (app: string) => Promise<string | undefined>;
  /** One query. An empty `checksum` is not compared. */
  readonly survey: (
    history: string,
    files: readonly { readonly name: string; readonly checksum: string }[],
  ) => Promise<HistorySurvey>;
  /** Refuses a begun migration if its file's finished part has changed. Throws a Failure (78). */
  readonly refuseOtherBeginning: (script: MigrationScript, progress: Progress | undefined) => void;
  /** Names the running instances that are older than a floor, in one sentence. Undefined if there are none. */
  readonly findOlderInstances: (app: string, floor: string) => Promise<string | undefined>;
  /** Statements that an earlier upgrade's commands left running. `sharesRole`: the app uses this session's role. */
  readonly findLeftovers: (sharesRole: boolean) => Promise<readonly Leftover[]>;
  /** The same in a new session, for use after an interruption. */
  readonly findLeftoversAfresh: (sharesRole: boolean) => Promise<readonly Leftover[]>;
  /** The names of all of seaworthy's tables for these histories. */
  readonly tablesFor: (histories: readonly string[]) => readonly string[];
  /** Call it before any wait, or a server with idle_session_timeout may end the session. */
  readonly stayWhileIdle: () => Promise<void>;
  /** Opens the lock's session. */
  readonly openLock: () => Promise<PendingLock<LockedLedger>>;
  /** The same, and prepares for migrations meanwhile. Throws a Failure (78) if the database is read-only. */
  readonly openUpgradeLock: () => Promise<PendingLock<UpgradeLedger>>;
  /** Turns an error of this database outside of a migration into a Failure. Returns other errors unchanged. */
  readonly explain: (error: unknown) => unknown;
}

export interface PendingLock<Locked> {
  /**
   * Waits for the upgrade lock. Throws a Failure: 75 at the timeout, 78 if this upgrade already holds the lock, because
   * another URL reaches the same database.
   */
  readonly acquire: (held: readonly LockedLedger[], timeoutSeconds: number) => Promise<Locked>;
}

/** A database whose upgrade lock this process holds. */
export interface LockedLedger {
  /** The server's connection that holds the lock. */
  readonly holder: number;
  /**
   * Creates the missing tables of these histories and, on request, the table of releases.
   * @returns which histories are new, and whether the table of releases is new: new tables are empty
   */
  readonly createTables: (histories: readonly string[], withReleases: boolean) => Promise<CreatedTables>;
  /** Records migrations as applied without running them: all or none. */
  readonly adopt: (history: string, records: readonly MigrationRecord[]) => Promise<void>;
  readonly release: () => Promise<void>;
}

export interface CreatedTables {
  readonly histories: ReadonlySet<string>;
  readonly releases: boolean;
}

export interface UpgradeLedger extends LockedLedger {
  /** Creates the tables for the progress of unfinished migrations. Most upgrades never need them. */
  readonly createProgressTables: (histories: readonly string[]) => Promise<void>;
  /** Records the current file in place of the one that was applied. */
  readonly acceptChecksum: (history: string, name: string, checksum: string) => Promise<void>;
  readonly acceptName: (history: string, renaming: Renaming) => Promise<void>;
  /** Forgets a migration that was begun and not finished. */
  readonly forget: (history: string, name: string) => Promise<void>;
  /** Refuses a migration that this server would run differently than written. Throws a Failure (78). */
  readonly check: (script: MigrationScript, begun: BegunMigration) => void;
  /** Prepares to apply migrations of a history, but programs. Returns a function that applies the next one, with its record. */
  readonly startApplying: (batch: MigrationBatch) => Promise<ApplyMigration>;
  /** What the running migration does now: whom it waits for, or how far it is. Undefined if the server does not know. */
  readonly describeWork: () => Promise<string | undefined>;
  /**
   * Records that a migration begins, or begins again, that is a program: the caller runs it, outside of the database. Until it
   * has finished, it counts as begun, with no statement done. Fails if the lock is lost.
   */
  readonly beginProgram: (history: string, record: MigrationRecord) => Promise<void>;
  /** Records that it has ended with success. Fails if the lock is lost. */
  readonly finishProgram: (history: string, name: string) => Promise<void>;
  readonly findOlderInstances: Ledger["findOlderInstances"];
  /** If the lock is still held, records a release and wakes the instances that wait for it. */
  readonly recordRelease: (release: CompletedRelease) => Promise<void>;
  /** Wakes the instances that wait for the end of an upgrade. */
  readonly announce: (app: string) => Promise<void>;
}

export interface BegunMigration {
  readonly progress: Progress | undefined;
  /** Whether its finished statements count as done even if the file has changed. */
  readonly isAccepted: boolean;
}

export interface MigrationBatch {
  readonly history: string;
  /** The progress of begun migrations, by name. */
  readonly progress: ReadonlyMap<string, Progress>;
  /** The app version that applies them. */
  readonly release: string | undefined;
  readonly limits: LockLimits;
}

export interface LockLimits {
  /** How long a statement may wait for a lock, in seconds. */
  readonly lockWaitSeconds: number;
  /** How long to retry a migration that cannot get a lock, in seconds. */
  readonly lockRetrySeconds: number;
}

/** Throws a Failure: 1 a migration failed, 69 the database was lost, 75 a lock was never free. */
export type ApplyMigration = (script: MigrationScript) => Promise<void>;
