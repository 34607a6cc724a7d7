/** A version of an app that an upgrade has completed. */
export interface CompletedRelease {
  readonly app: string;
  readonly version: string;
  /** Stands for all migrations of the image; undefined where some of them are still to come. */
  readonly manifest: string | undefined;
}

/** What must be recorded in a history for a release to be complete. */
export interface CompleteHistory {
  readonly table: string;
  /** The image's last migration; empty where it has none. */
  readonly last: string;
  /** How many migrations the image has. */
  readonly count: number;
}
