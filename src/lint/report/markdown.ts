import { countOf } from "../../kernel/count.ts";
import {
  countFindings,
  countPlain,
  describePlain,
  type LintedMigration,
  type LintReport,
  type ShowPath,
} from "./report.ts";

/**
 * A table for a comment of a pull request.
 * @param isPlan whether to list the migrations themselves: those of a plan are few
 */
export function formatMarkdown(report: LintReport, showPath: ShowPath, isPlan: boolean): string {
  const { migrations, unreadable } = report;
  const findings = migrations.flatMap(({ path, findings }) =>
    findings.map(({ line, column, rule, message, safeWay }) => [
      code(`${showPath(path)}:${line}:${column}`),
      code(rule),
      plain(message),
      plain(safeWay),
    ]),
  );
  const allowed = migrations.flatMap(({ path, allowed }) =>
    allowed.map(({ line, column, rule, message, reason }) => [
      code(`${showPath(path)}:${line}:${column}`),
      code(rule),
      plain(message),
      plain(reason),
    ]),
  );
  const unread = unreadable.map(({ path, line, column, message }) => [
    path === undefined ? "" : code([showPath(path), line, column].filter((part) => part !== undefined).join(":")),
    plain(message),
  ]);
  const skipped = migrations.flatMap(({ path, notLinted }) =>
    notLinted === undefined ? [] : [[code(showPath(path)), plain(notLinted)]],
  );
  const sections = [
    `### seaworthy: ${countOf(countFindings(report), "finding")} in ${countOf(migrations.length, "migration")}\n`,
    table("Refused", ["Place", "Cause"], unread),
    isPlan ? table("To apply", ["Migration", "Tier"], migrations.map(nameMigration)) : "",
    table("Findings", ["Place", "Rule", "Finding", "Instead"], findings),
    table("Allowed", ["Place", "Rule", "Finding", "Reason"], allowed),
    table("Not linted", ["File", "Why"], skipped),
    countPlain(report) === 0 ? "" : `Note: ${describePlain(countPlain(report))}.\n`,
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function nameMigration({ name, tier, floor }: LintedMigration): readonly string[] {
  return [code(name), floor === undefined ? tier : plain(`${tier}: leaves apps from ${floor} on working`)];
}

function table(title: string | undefined, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`);
  return `${title === undefined ? "" : `**${title}**\n\n`}${lines.join("")}`;
}

/** In a table, a pipe ends the cell even inside of code. */
function code(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const space = longest > 0 ? " " : "";
  return escapePipes(`${fence}${space}${text.replaceAll(/[\r\n]+/g, " ")}${space}${fence}`);
}

/** Messages quote names of tables, which could be read as markup. */
function plain(text: string): string {
  return escapePipes(text.replaceAll(/[\\`*_[\]<>#~@!]/g, String.raw`\$&`).replaceAll(/\s*[\r\n]+\s*/g, "<br>"));
}

function escapePipes(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}
