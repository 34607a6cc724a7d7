/**
 * - `breaks-previous-version`: the statement breaks the app version that is still running. Allowed in a contract
 *   migration.
 * - `blocks-table`: queries on a live table wait until the statement ends. Wrong in any migration.
 * - `half-done`: if a statement fails, those before it stay done.
 * - `fails`: the statement cannot run as written.
 */
export type Severity = "breaks-previous-version" | "blocks-table" | "half-done" | "fails";

/** A problem that the linter found in a migration. */
export interface Finding {
  /** The rule's name. */
  readonly rule: string;
  readonly severity: Severity;
  /** Both count from 1; the column counts characters. */
  readonly line: number;
  readonly column: number;
  /** One sentence: what breaks or blocks, and on which table. */
  readonly message: string;
  /** How to do it instead. */
  readonly safeWay: string;
}

/** A finding that the migration's author accepts: `-- seaworthy: allow RULE because REASON`. */
export interface AllowedFinding extends Finding {
  readonly reason: string;
}

export interface JudgedFindings {
  readonly findings: readonly Finding[];
  readonly allowed: readonly AllowedFinding[];
}
