/** The server's own description of a session's place. */
export interface Identity {
  readonly database: string;
  readonly role: string;
  /** The schema of new tables without a schema in their name. Undefined if there is none. */
  readonly schema: string | undefined;
}

/** Compares the upgrade's database with the health check's. */
export interface Comparison {
  readonly ours: Identity;
  readonly theirs: Identity;
  /** Why they are different databases: a sentence without its full stop. Undefined if they are the same. */
  readonly difference: string | undefined;
}
