import type { AllowedFinding, Finding } from "../../../src/migrations/finding.ts";
import type { LintedMigration, LintReport } from "../../../src/lint/report/report.ts";

export const root = "/repo";

export const finding: Finding = {
  rule: "drop-column",
  severity: "breaks-previous-version",
  line: 3,
  column: 15,
  message: "DROP COLUMN breaks a.b.",
  safeWay: "Use two releases.",
};

interface Given extends Partial<LintedMigration> {
  readonly unreadable?: LintReport["unreadable"];
}

/** A report on one migration. */
export function reportOf({ unreadable = [], ...given }: Given = {}): LintReport {
  const migration: LintedMigration = {
    name: "2_b",
    path: `${root}/migrations/2_b.sql`,
    language: "sql",
    tier: "expand",
    linted: true,
    grammar: true,
    findings: [],
    allowed: [],
    ...given,
  };
  return { migrations: [migration], unreadable };
}

export const allowed: AllowedFinding = { ...finding, reason: "no version reads it" };
