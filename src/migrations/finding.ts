/**
 * - `breaks-previous-version`: the version that still runs meets something it does not expect. Right in a migration
 *   that is marked contract.
 * - `blocks-table`: queries of a live table wait for as long as the statement takes. Wrong in any migration.
 * - `fails`: the statement cannot be run as it stands.
 */
export type Severity = "breaks-previous-version" | "blocks-table" | "fails";

/** What the linter found in a migration. */
export interface Finding {
  /** The rule's name. */
  readonly rule: string;
  readonly severity: Severity;
  /** Both from 1; the column in characters. */
  readonly line: number;
  readonly column: number;
  /** One sentence: what breaks or blocks, and on which table. */
  readonly message: string;
  /** How to do it instead. */
  readonly safeWay: string;
}
