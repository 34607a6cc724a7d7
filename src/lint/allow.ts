import { ExitCode, Failure } from "../kernel/failure.ts";
import { nearest } from "../kernel/nearest.ts";
import type { Allowance } from "../migrations/directives.ts";
import type { Finding, JudgedFindings } from "../migrations/finding.ts";
import { allRules } from "./rules/all-rules.ts";

/**
 * Parts the findings of a migration into those that its author accepts, and all others. Throws a Failure (78) for a rule
 * that does not exist, and for one whose findings cannot be accepted because the statement cannot run.
 */
export function applyAllowances(
  path: string,
  findings: readonly Finding[],
  allowances: readonly Allowance[] = [],
): JudgedFindings {
  const reasons = new Map<string, string>();
  for (const allowance of allowances) {
    refuseRule(path, allowance);
    reasons.set(allowance.rule, allowance.reason);
  }
  return {
    findings: findings.filter(({ rule }) => !reasons.has(rule)),
    allowed: findings.flatMap((finding) => {
      const reason = reasons.get(finding.rule);
      return reason === undefined ? [] : [{ ...finding, reason }];
    }),
  };
}

function refuseRule(path: string, { rule: id, line }: Allowance): void {
  const known = allRules.filter(({ severity }) => severity !== "fails").map((rule) => rule.id);
  if (known.some((one) => one === id)) return;
  const where = `${path}:${line}: cannot allow ${id}`;
  if (allRules.some((rule) => rule.id === id))
    throw new Failure(ExitCode.configuration, `${where}: such a statement cannot run. Correct it.`);
  const meant = nearest(id, known);
  const advice = meant === undefined ? "docs/reference/lint-rules.md lists them" : `did you mean ${meant}?`;
  throw new Failure(ExitCode.configuration, `${where}: there is no such lint rule; ${advice}`);
}
