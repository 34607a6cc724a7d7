import type { LintRuleId } from "./rules/rules.ts";

/** An ALTER TABLE of this migration on a table that others use. */
export interface Alteration {
  /** What it was found to do in a pass over all rows. */
  readonly found: readonly { readonly rule: LintRuleId; readonly at: number }[];
  /** Whether every query waits while it has its lock. */
  readonly blocksQueries: boolean;
}
