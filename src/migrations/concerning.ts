import type { Finding, JudgedFindings } from "./finding.ts";

/** The findings that concern a migration: a contract migration is meant to break older versions. It must still not block a table. */
export function concerning({ findings, allowed }: JudgedFindings, floor: string | undefined): JudgedFindings {
  if (floor === undefined) return { findings, allowed };
  const isWrong = ({ severity }: Finding) => severity !== "breaks-previous-version";
  return { findings: findings.filter(isWrong), allowed: allowed.filter(isWrong) };
}
