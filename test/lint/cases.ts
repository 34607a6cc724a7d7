import type { LintRuleId } from "../../src/lint/rules/rules.ts";

export interface Case {
  readonly sql: string;
  /** Default: true. */
  readonly transaction?: boolean;
  /** Default: 18, the version of the tests' server. */
  readonly serverVersion?: number;
  /** Whether the case needs a database. Default: false. */
  readonly needsCatalog?: boolean;
  /** Other rules that also find the case: one statement may both break and block. */
  readonly also?: readonly LintRuleId[];
}

export interface RuleCases {
  readonly rule: LintRuleId;
  readonly bad: readonly (string | Case)[];
  /** No rule finds these. */
  readonly good: readonly (string | Case)[];
}

export function toCase(item: string | Case): Case {
  return typeof item === "string" ? { sql: item } : item;
}
