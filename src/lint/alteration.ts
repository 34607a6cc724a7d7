import type { LintRuleId } from "./rules/rules.ts";

/** An ALTER TABLE of this migration on a table that others use. */
export interface Alteration {
  /** The problems found in it. */
  readonly found: readonly { readonly rule: LintRuleId; readonly at: number }[];
  /** Whether its lock makes every query on the table wait. */
  readonly blocksQueries: boolean;
}
