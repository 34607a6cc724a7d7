/** The result of a look at seaworthy's own history. */
export interface HistoryState {
  /** The wanted names that are not applied, in the given order. */
  readonly missing: readonly string[];
  /** The migration applied last, if any. */
  readonly latest: string | undefined;
  /** A migration without a transaction that was begun and not finished. */
  readonly unfinished: string | undefined;
  /** The floors of the applied contract migrations. */
  readonly floors: readonly string[];
  /** Whether an upgrade holds the lock. Asked only if something is missing. */
  readonly upgrading: boolean;
}

/** An upgrade's view of a history. */
export interface HistorySurvey {
  readonly missing: readonly string[];
  /** Applied, but from a file with another checksum. */
  readonly changed: readonly string[];
  /** The progress of each unfinished migration without a transaction, by name. */
  readonly progress: ReadonlyMap<string, Progress>;
  /** Recorded, but not in the image: a newer image applied it, or its file is gone. */
  readonly unknown: readonly UnknownMigration[];
}

/** How far an unfinished migration has come. */
export interface Progress {
  /** How many of its statements are done. */
  readonly statements: number;
  /** The hashes of those statements, in order. There are fewer if an earlier version of seaworthy ran some. */
  readonly hashes: readonly string[];
  /** The checksum of the file at the last try. */
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
