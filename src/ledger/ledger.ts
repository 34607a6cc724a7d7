import type { Session } from "../kernel/database.ts";
import type { MigrationScript } from "../migrations/script.ts";
import type { HistorySurvey, MigrationRecord, Progress, Renaming } from "./history.ts";
import type { Comparison, Identity } from "./identity.ts";
import type { Leftover } from "./leftover.ts";
import type { CompletedRelease, CompleteHistory } from "./release.ts";

/**
 * A database, and what seaworthy keeps in it. Nothing here writes: for that, take the lock. A history is named by its
 * table, `schema.table` in lower case.
 */
export interface Ledger {
  /** The ledger's own session, for the questions of others: another tool's history, a check, the linter. */
  readonly session: Session;
  readonly identify: () => Promise<Identity>;
  /** @param health a session of the health check, which stays open */
  readonly compareWith: (health: Session) => Promise<Comparison>;
  /**
   * Whether this very release was completed and its histories are still complete; undefined where a table is missing. One
   * query, however long the histories are: all that an upgrade with nothing to do costs.
   */
  readonly isCompleted: (
    release: CompletedRelease,
    histories: readonly CompleteHistory[],
  ) => Promise<boolean | undefined>;
  readonly currentRelease: (app: string) => Promise<string | undefined>;
  /** One query. `checksum` may be empty, and is then not compared. */
  readonly survey: (
    history: string,
    files: readonly { readonly name: string; readonly checksum: string }[],
  ) => Promise<HistorySurvey>;
  /** Refuses a begun migration whose finished part is no longer what its file says. Throws a Failure (78). */
  readonly refuseOtherBeginning: (script: MigrationScript, progress: Progress | undefined) => void;
  /** Which running instances are older than a floor: a sentence. Undefined where there are none. */
  readonly findOlderInstances: (app: string, floor: string) => Promise<string | undefined>;
  /** What the commands of an earlier upgrade have left running. `sharesRole`: the app's sessions have this one's role. */
  readonly findLeftovers: (sharesRole: boolean) => Promise<readonly Leftover[]>;
  /** The same through a session of its own, once this one has been interrupted. */
  readonly findLeftoversAfresh: (sharesRole: boolean) => Promise<readonly Leftover[]>;
  /** The names of all of seaworthy's tables for these histories. */
  readonly tablesFor: (histories: readonly string[]) => readonly string[];
  /** Call it before a wait of any length: a server that ends idle sessions would end this one. */
  readonly stayWhileIdle: () => Promise<void>;
  /** Opens the lock's session. */
  readonly openLock: () => Promise<PendingLock<LockedLedger>>;
  /** The same, and makes the ledger ready for migrations meanwhile. Throws a Failure (78) where nothing can be written. */
  readonly openUpgradeLock: () => Promise<PendingLock<UpgradeLedger>>;
  /** An error of this database outside of a migration as a Failure; any other as it is. */
  readonly explain: (error: unknown) => unknown;
}

export interface PendingLock<Locked> {
  /**
   * Waits for the upgrade lock. Throws a Failure: 75 at the timeout, 78 where this upgrade holds that lock already,
   * having reached the same database by another URL.
   */
  readonly acquire: (held: readonly LockedLedger[], timeoutSeconds: number) => Promise<Locked>;
}

/** A database of which this process holds the upgrade lock. */
export interface LockedLedger {
  /** Which of the server's connections holds the lock. */
  readonly holder: number;
  /**
   * Creates the tables of these histories that are missing, and on request that of releases.
   * @returns which of the histories are new, and whether the releases are: they are empty
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
  /** Creates what the progress of unfinished migrations is kept in. Most upgrades never need it. */
  readonly createProgressTables: (histories: readonly string[]) => Promise<void>;
  /** Records the file as it is now for the one that was applied. */
  readonly acceptChecksum: (history: string, name: string, checksum: string) => Promise<void>;
  readonly acceptName: (history: string, renaming: Renaming) => Promise<void>;
  /** Forgets a migration that was begun and not finished. */
  readonly forget: (history: string, name: string) => Promise<void>;
  /** Refuses a migration that this server could not run as it is meant. Throws a Failure (78). */
  readonly check: (script: MigrationScript, begun: BegunMigration) => void;
  /** Makes ready for applying migrations of a history. What it returns applies one of them, in order, with its record. */
  readonly startApplying: (batch: MigrationBatch) => Promise<ApplyMigration>;
  readonly findOlderInstances: Ledger["findOlderInstances"];
  /** Records a release and wakes the instances that wait for it, if the lock is still held. */
  readonly recordRelease: (release: CompletedRelease) => Promise<void>;
  /** Wakes the instances that wait for the end of an upgrade. */
  readonly announce: (app: string) => Promise<void>;
}

export interface BegunMigration {
  readonly progress: Progress | undefined;
  /** Whether its finished statements are taken for those of the file, whatever the file says now. */
  readonly isAccepted: boolean;
}

export interface MigrationBatch {
  readonly history: string;
  /** Of those that were begun, by name. */
  readonly progress: ReadonlyMap<string, Progress>;
  /** The app version that applies them. */
  readonly release: string | undefined;
  readonly limits: LockLimits;
}

export interface LockLimits {
  /** How long a statement may wait for a lock, in seconds. */
  readonly lockWaitSeconds: number;
  /** How long a migration that cannot get a lock is tried again, in seconds. */
  readonly lockRetrySeconds: number;
}

/** Throws a Failure: 1 a migration failed, 69 the database was lost, 75 no lock was to be had. */
export type ApplyMigration = (script: MigrationScript) => Promise<void>;
