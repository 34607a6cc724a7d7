import { relative, resolve } from "node:path";
import type { LintEngine, OutputFormat } from "../../src/cli/command.ts";
import { readSchemas } from "../../src/config/check/read-schemas.ts";
import { ExitCode, Failure } from "../../src/kernel/failure.ts";
import { collectFiles } from "../../src/lint/files/collect-files.ts";
import { lintFiles } from "../../src/lint/files/lint-files.ts";
import { formatReport } from "../../src/lint/report/format-report.ts";
import { countFindings, type LintReport } from "../../src/lint/report/report.ts";
import { formatText } from "../../src/lint/report/text.ts";
import type { Context } from "../context.ts";
import { findRepositoryRoot } from "../repository-root.ts";
import { version } from "../version.ts";

interface LintCommand {
  /** Empty: the folders of the configuration. */
  readonly files: readonly string[];
  readonly format: OutputFormat;
  readonly together: boolean;
  readonly engine?: LintEngine;
  readonly configPath?: string;
}

/** Lints migrations from their files alone. Exit 0 no findings, 3 findings; throws a Failure (78) for unreadable files. */
export async function lint(command: LintCommand, context: Context): Promise<number> {
  const { variables, workingDirectory, addSecret } = context;
  const { configPath, files, together } = command;
  const schemas = await readSchemas({ configPath, variables, workingDirectory, onSecret: addSecret });
  const paths =
    files.length > 0 ? files.map((file) => resolve(workingDirectory, file)) : schemas.map((one) => one.folder);
  if (paths.length === 0) refuseNothing();
  const report = await lintFiles(collectFiles(paths, schemas, command.engine), { together });
  context.print(context.redact(show(report, command.format, workingDirectory)));
  refuseUnreadable(report, workingDirectory);
  return countFindings(report) > 0 ? ExitCode.workToDo : ExitCode.ok;
}

function refuseNothing(): never {
  throw new Failure(
    ExitCode.configuration,
    "there is nothing to lint: no FILE is given, no dependency of kind schema is configured, and there is no folder ./migrations. Name files or folders: seaworthy --lint FILE …",
  );
}

/** Text and JSON are read on this machine. All other formats are read where the repository is. */
function show(report: LintReport, format: OutputFormat, workingDirectory: string): string {
  const showPath = (path: string) => relative(workingDirectory, path);
  if (format === "text") return formatText(report, showPath);
  if (format !== "json")
    return formatReport(report, { format, root: findRepositoryRoot(workingDirectory), version, isPlan: false });
  const withPath = <T extends { readonly path?: string }>(one: T) => ({
    ...one,
    ...(one.path !== undefined && { path: showPath(one.path) }),
  });
  const { migrations, unreadable } = report;
  const shown = { migrations: migrations.map(withPath), unreadable: unreadable.map(withPath) };
  return `${JSON.stringify({ findings: countFindings(report), ...shown }, null, 2)}\n`;
}

function refuseUnreadable({ unreadable }: LintReport, workingDirectory: string): void {
  const [first, ...details] = unreadable.flatMap(({ path = "", line, column, message }) => {
    const place = [relative(workingDirectory, path), line, column].filter((part) => part !== undefined).join(":");
    const [cause, ...more] = message.split("\n");
    return [`${place}: ${cause}`, ...more];
  });
  if (first !== undefined) throw new Failure(ExitCode.configuration, first, { details });
}
