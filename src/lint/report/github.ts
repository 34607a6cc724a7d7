import { countPlain, describePlain, type LintReport, type ShowPath } from "./report.ts";

type Level = "error" | "notice";

interface Annotation {
  readonly level: Level;
  readonly path?: string;
  readonly line?: number;
  readonly column?: number;
  readonly title: string;
  readonly message: string;
}

/**
 * Workflow commands, which GitHub Actions shows at file and line of a pull request. An allowed finding is a notice.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function formatGithub(report: LintReport, showPath: ShowPath): string {
  return annotationsOf(report)
    .map(({ path, ...rest }) => `${formatCommand({ ...rest, ...(path !== undefined && { path: showPath(path) }) })}\n`)
    .join("");
}

function annotationsOf(report: LintReport): readonly Annotation[] {
  const { migrations, unreadable } = report;
  const found = migrations.flatMap(({ path, findings, allowed }): readonly Annotation[] => [
    ...findings.map(({ line, column, rule, message, safeWay }): Annotation => {
      return { level: "error", path, line, column, title: rule, message: `${message}\nInstead: ${safeWay}` };
    }),
    ...allowed.map(({ line, column, rule, message, reason }): Annotation => {
      return { level: "notice", path, line, column, title: rule, message: `${message}\nAllowed: ${reason}` };
    }),
  ]);
  const unread = unreadable.map((one): Annotation => ({
    ...one,
    level: "error",
    title: one.path === undefined ? "refused" : "cannot be read",
  }));
  const plain = countPlain(report);
  const note: Annotation = { level: "notice", title: "read without a grammar", message: `${describePlain(plain)}.` };
  return [...unread, ...found, ...(plain === 0 ? [] : [note])];
}

function formatCommand({ level, path, line, column, title, message }: Annotation): string {
  const properties = [
    ["file", path],
    ["line", line],
    ["col", column],
    ["title", `seaworthy: ${title}`],
  ] as const;
  const given = properties.flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${escapeProperty(String(value))}`],
  );
  return `::${level} ${given.join(",")}::${escapeData(message)}`;
}

/** A % first: the others are written with it. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
