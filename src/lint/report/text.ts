import { countOf } from "../../kernel/count.ts";
import {
  countFindings,
  countPlain,
  describePlain,
  type LintedMigration,
  type LintReport,
  type ShowPath,
} from "./report.ts";

/** For people: as in `--plan`, with a line that counts. */
export function formatText(report: LintReport, showPath: ShowPath): string {
  const { migrations } = report;
  const lines = migrations.flatMap((migration) => describeMigration(migration, showPath));
  const allowed = migrations.reduce((sum, one) => sum + one.allowed.length, 0);
  const skipped = migrations.filter(({ linted }) => !linted).length;
  const counts = [
    `${countOf(countFindings(report), "finding")} in ${countOf(migrations.length, "migration")}`,
    ...(allowed > 0 ? [`${allowed} allowed`] : []),
    ...(skipped > 0 ? [`${skipped} not linted`] : []),
  ];
  const plain = countPlain(report);
  const note = plain === 0 ? [] : [`note: ${describePlain(plain)}`];
  return [...lines, ...note, counts.join(", "), ""].join("\n");
}

function describeMigration(
  { path, findings, allowed, notLinted }: LintedMigration,
  showPath: ShowPath,
): readonly string[] {
  const shown = showPath(path);
  return [
    ...(notLinted === undefined ? [] : [`${shown}: not linted: ${notLinted}`]),
    ...findings.flatMap(({ line, column, message, rule, safeWay }) => [
      `${shown}:${line}:${column}: ${message} [${rule}]`,
      `  instead: ${safeWay}`,
    ]),
    ...allowed.flatMap(({ line, column, message, rule, reason }) => [
      `${shown}:${line}:${column}: allowed: ${message} [${rule}]`,
      `  because: ${reason}`,
    ]),
  ];
}
