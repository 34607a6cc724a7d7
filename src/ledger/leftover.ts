/** A session in which a statement of an earlier run still works. */
export interface Leftover {
  /** Who, since when, and what: without a literal of the statement. */
  readonly description: string;
  /** SQL that ends it. */
  readonly endSql: string;
}
