import type { LintRuleId } from "../../src/lint/rules/rules.ts";

export interface Case {
  readonly sql: string;
  /** Default: true. */
  readonly transaction?: boolean;
  /** Default: 18, the version of the server that the tests have. */
  readonly serverVersion?: number;
  /** Only the database can tell. Default: false. */
  readonly needsCatalog?: boolean;
  /** What is found beside the rule, as one statement may break and block. */
  readonly also?: readonly LintRuleId[];
}

export interface RuleCases {
  readonly rule: LintRuleId;
  readonly bad: readonly (string | Case)[];
  /** Nothing at all is found in them. */
  readonly good: readonly (string | Case)[];
}

export function toCase(item: string | Case): Case {
  return typeof item === "string" ? { sql: item } : item;
}
