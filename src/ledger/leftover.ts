/** A session in which a statement of an earlier run is still running. */
export interface Leftover {
  /** The session, its role and age, and the statement without its literals. */
  readonly description: string;
  /** SQL that ends the session. */
  readonly endSql: string;
}
