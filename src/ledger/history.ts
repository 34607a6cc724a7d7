/** What a look at seaworthy's own history finds. */
export interface HistoryState {
  /** Of the wanted names those that are not applied, in the order in which they were asked for. */
  readonly missing: readonly string[];
  /** The name that was applied last; undefined where nothing was. */
  readonly latest: string | undefined;
  /** A migration without a transaction that was begun and not finished. */
  readonly unfinished: string | undefined;
  /** The oldest app versions that contract migrations have left working. */
  readonly floors: readonly string[];
  /** Whether an upgrade holds the lock. Asked only where something is missing. */
  readonly upgrading: boolean;
}

/** What an upgrade needs to know of a history. */
export interface HistorySurvey {
  readonly missing: readonly string[];
  /** Applied, but from a file with another checksum. */
  readonly changed: readonly string[];
  /** Of each migration without a transaction that was begun and not finished, by its name. */
  readonly progress: ReadonlyMap<string, Progress>;
  /** Recorded, but not in the image: a newer image applied it, or its file is gone. */
  readonly unknown: readonly UnknownMigration[];
}

/** How far an unfinished migration has come. */
export interface Progress {
  /** How many of its statements are done. */
  readonly statements: number;
  /** The hashes of those statements, in order: fewer where an earlier version of seaworthy ran them. */
  readonly hashes: readonly string[];
  /** Of the file with which it was last tried. */
  readonly checksum: string;
}

export interface UnknownMigration {
  readonly name: string;
  readonly checksum: string;
  /** Begun, and not finished. */
  readonly isUnfinished: boolean;
  /** The app version that applied it. */
  readonly release: string | undefined;
}

export interface MigrationRecord {
  readonly name: string;
  /** sha256 of the file with its line endings normalised, in hexadecimal. */
  readonly checksum: string;
  /** The app version that applied it. */
  readonly release: string | undefined;
  /** The oldest app version that still works after it; undefined for an expand migration. */
  readonly floor: string | undefined;
}

export interface Renaming {
  readonly from: string;
  readonly to: string;
  readonly isUnfinished: boolean;
}
