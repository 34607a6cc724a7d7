import type { Severity } from "../../migrations/finding.ts";

export interface LintRule {
  readonly id: string;
  readonly severity: Severity;
  /** The statements that the rule finds. */
  readonly what: string;
  readonly why: string;
  readonly safeWay: string;
}
