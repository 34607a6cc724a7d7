import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { AllowedFinding, Finding } from "../../migrations/finding.ts";
import { allRules, type NamedRule } from "../rules/all-rules.ts";
import { countPlain, describePlain, type LintReport, type ShowPath } from "./report.ts";

const schemaUrl = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** SARIF 2.1.0, for code scanning. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function formatSarif(report: LintReport, showPath: ShowPath, version: string): string {
  const results = report.migrations.flatMap(({ path, findings, allowed }) => [
    ...findings.map((finding) => describeResult(finding, showPath(path))),
    ...allowed.map((finding) => ({
      ...describeResult(finding, showPath(path)),
      level: "note",
      suppressions: [{ kind: "inSource", justification: finding.reason }],
    })),
  ]);
  const notifications = report.unreadable.map(({ path, line, column, message }) => ({
    level: "error",
    message: { text: message },
    ...(path !== undefined && { locations: [locate(showPath(path), line, column)] }),
  }));
  const plain = countPlain(report);
  const notes = plain === 0 ? [] : [{ level: "note", message: { text: `${describePlain(plain)}.` } }];
  const run = {
    tool: { driver: { name: "seaworthy", semanticVersion: version, rules: allRules.map(describeRule) } },
    columnKind: "unicodeCodePoints",
    invocations: [
      { executionSuccessful: notifications.length === 0, toolExecutionNotifications: [...notifications, ...notes] },
    ],
    results,
  };
  return `${JSON.stringify({ $schema: schemaUrl, version: "2.1.0", runs: [run] }, null, 2)}\n`;
}

function describeRule({ id, severity, meanings }: NamedRule) {
  const tell = (one: (meaning: NamedRule["meanings"][number]) => string) => tellEach(meanings, one);
  const help = tell(({ what, why, safeWay }) => `${what}. ${why}\n\n**Instead:** ${safeWay}`);
  return {
    id,
    name: id.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: withoutMarkup(`${meanings[0]?.what ?? id}.`) },
    fullDescription: { text: withoutMarkup(tell(({ why }) => why)) },
    help: { text: withoutMarkup(help), markdown: help },
    defaultConfiguration: { level: "error" },
    properties: { tags: ["migrations", severity] },
  };
}

/** Names the engines where a rule means something else on another one. */
function tellEach(meanings: NamedRule["meanings"], tell: (meaning: NamedRule["meanings"][number]) => string): string {
  const texts = Map.groupBy(meanings, tell);
  const told = [...texts].map(([text, ones]) =>
    texts.size === 1 ? text : `${ones.map(({ engine }) => engine).join(", ")}: ${text}`,
  );
  return told.join("\n\n");
}

function describeResult({ rule, line, column, message, safeWay }: Finding | AllowedFinding, path: string) {
  return {
    ruleId: rule,
    ruleIndex: allRules.findIndex(({ id }) => id === rule),
    level: "error",
    message: { text: `${message}\nInstead: ${safeWay}` },
    locations: [locate(path, line, column)],
  };
}

function locate(path: string, line?: number, column?: number) {
  const artifactLocation = isAbsolute(path)
    ? { uri: pathToFileURL(path).href }
    : { uri: path.toWellFormed().split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" };
  const region = line !== undefined && {
    region: { startLine: line, ...(column !== undefined && { startColumn: column }) },
  };
  return { physicalLocation: { artifactLocation, ...region } };
}

function withoutMarkup(text: string): string {
  return text.replaceAll(/`|\*\*/g, "");
}
