import type { LintRule } from "./rule.ts";
import { mysqlRules, sqliteRules } from "./rules-plain.ts";
import { lintRules } from "./rules.ts";

/** The rules of every engine. */
export const rulesOfEngines: readonly (readonly [engine: string, rules: readonly LintRule[]])[] = [
  ["Postgres", lintRules],
  ["MySQL and MariaDB", mysqlRules],
  ["SQLite", sqliteRules],
];

export interface NamedRule extends Pick<LintRule, "id" | "severity"> {
  /** What it means on each engine that has it. */
  readonly meanings: readonly (LintRule & { readonly engine: string })[];
}

/** Each rule once. One that several engines have is as severe on each. */
export const allRules: readonly NamedRule[] = [
  ...Map.groupBy(
    rulesOfEngines.flatMap(([engine, rules]) => rules.map((rule) => ({ ...rule, engine }))),
    ({ id }) => id,
  ),
].map(([id, meanings]) => ({ id, severity: meanings[0]?.severity ?? "fails", meanings }));
