/**
 * - `breaks-previous-version`: the version that still runs meets something it does not expect. Right in a migration
 *   that is marked contract.
 * - `blocks-table`: queries of a live table wait for as long as the statement takes. Wrong in any migration.
 * - `fails`: the statement cannot be run as it stands.
 */
export type Severity = "breaks-previous-version" | "blocks-table" | "fails";

export interface LintRule {
  readonly id: string;
  readonly severity: Severity;
  /** The statements that it is about. */
  readonly what: string;
  readonly why: string;
  readonly safeWay: string;
}
