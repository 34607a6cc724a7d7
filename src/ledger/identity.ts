/** Where a session is, in the server's own words. */
export interface Identity {
  readonly database: string;
  readonly role: string;
  /** Where a table without a schema in its name is created; undefined where it cannot be created. */
  readonly schema: string | undefined;
}

/** The upgrade's database beside the one that the health check reaches. */
export interface Comparison {
  readonly ours: Identity;
  readonly theirs: Identity;
  /** Why they are not the same database: a sentence without its full stop. Undefined where they are. */
  readonly difference: string | undefined;
}
