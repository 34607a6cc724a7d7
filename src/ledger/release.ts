/** A version of an app that an upgrade has completed. */
export interface CompletedRelease {
  readonly app: string;
  readonly version: string;
  /** The hash of all migrations of the image. Undefined while some are deferred. */
  readonly manifest: string | undefined;
}

/** A release is complete if its history has these records. */
export interface CompleteHistory {
  readonly table: string;
  /** The image's last migration. Empty if it has none. */
  readonly last: string;
  /** How many migrations the image has. */
  readonly count: number;
}
