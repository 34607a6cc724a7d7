import { relative, sep } from "node:path";
import { formatGithub } from "./github.ts";
import { formatMarkdown } from "./markdown.ts";
import type { LintReport, ShowPath } from "./report.ts";
import { formatSarif } from "./sarif.ts";

/** The formats that only have findings. For `text` and `json`, see text.ts and `--plan`. */
export type ReportFormat = "github" | "sarif" | "markdown";

export interface FormatOptions {
  readonly format: ReportFormat;
  /** The folder to which paths are relative: the repository's root. */
  readonly root: string;
  readonly version: string;
  /** Whether the migrations are those of a plan. */
  readonly isPlan: boolean;
}

export function formatReport(report: LintReport, { format, root, version, isPlan }: FormatOptions): string {
  const showPath = relativeTo(root);
  switch (format) {
    case "github":
      return formatGithub(report, showPath);
    case "sarif":
      return formatSarif(report, showPath, version);
    case "markdown":
      return formatMarkdown(report, showPath, isPlan);
  }
}

/** A path outside of the folder stays absolute. */
export function relativeTo(root: string): ShowPath {
  return (path) => {
    const inside = relative(root, path);
    const isOutside = inside === ".." || inside.startsWith(`..${sep}`);
    return (isOutside || inside === "" ? path : inside).split(sep).join("/");
  };
}
