import { isFailure } from "../../kernel/failure.ts";
import { concerning } from "../../migrations/concerning.ts";
import type { Finding } from "../../migrations/finding.ts";
import { languageOf } from "../../migrations/language.ts";
import { mysqlDialect, postgresDialect, sqliteDialect, type Dialect } from "../../migrations/sql/dialect.ts";
import { applyAllowances } from "../allow.ts";
import { createLinter, createReader } from "../lint.ts";
import { createPlainLinter } from "../plain/lint-plain.ts";
import type { LintedMigration, LintReport, Unreadable } from "../report/report.ts";
import { placeIn, type Collected, type LintFile } from "./collect-files.ts";
import { readForLint, type LintText } from "./read-file.ts";

export interface LintFilesOptions {
  /**
   * Whether the files are one upgrade: what one of them creates is not in use when a later one changes it. Otherwise each
   * is linted as if all before it were deployed.
   */
  readonly together: boolean;
}

interface ReadFile {
  readonly file: LintFile;
  /** Undefined if it is not linted. */
  readonly text: LintText | undefined;
}

/** Lints files without a database: everything that they do not create counts as in use. */
export async function lintFiles(collected: Collected, { together }: LintFilesOptions): Promise<LintReport> {
  const unreadable: Unreadable[] = [...collected.unreadable];
  const readOrRefuse = <T>(path: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!isFailure(error)) throw error;
      const { message, ...place } = placeIn(error.message, path);
      unreadable.push({ path, ...place, message: [message, ...error.details].join("\n") });
      return undefined;
    }
  };
  const read = collected.files.flatMap((file): readonly ReadFile[] => {
    if (reasonNotToLint(file) !== undefined && file.owner !== "seaworthy") return [{ file, text: undefined }];
    const text = readOrRefuse(file.path, () => readForLint(file, dialectOf(file), file.owner));
    return text === undefined ? [] : [{ file, text }];
  });
  const findings = await findingsOf(read, together);
  const migrations = read.flatMap((one): readonly LintedMigration[] => {
    const described = readOrRefuse(one.file.path, () => describe(one, findings.get(one) ?? []));
    return described === undefined ? [] : [described];
  });
  return { migrations, unreadable };
}

async function findingsOf(
  read: readonly ReadFile[],
  together: boolean,
): Promise<ReadonlyMap<ReadFile, readonly Finding[]>> {
  const linted = read.filter(({ file }) => reasonNotToLint(file) === undefined);
  const found = new Map<ReadFile, readonly Finding[]>();
  // One parser for all linters: it takes some 10 ms to load.
  const reader = createReader();
  const ofDialects = Map.groupBy(linted, ({ file }) => dialectOf(file));
  for (const [dialect, ones] of ofDialects) {
    for (const group of together ? [ones] : ones.map((one) => [one])) {
      const texts = group.map(({ text }) => ({
        sql: text?.source ?? "",
        transaction: text?.directives.transaction ?? true,
      }));
      const findings =
        dialect.engine === "postgres" ? await createLinter({ reader })(texts) : createPlainLinter(dialect)(texts);
      for (const [index, one] of group.entries()) found.set(one, findings[index] ?? []);
    }
  }
  return found;
}

function describe({ file, text }: ReadFile, findings: readonly Finding[]): LintedMigration {
  const { name, path } = file;
  const { contract: floor, allowed } = text?.directives ?? {};
  const notLinted = reasonNotToLint(file);
  return {
    name,
    path,
    language: languageOf(path),
    tier: floor === undefined ? "expand" : "contract",
    ...(floor !== undefined && { floor }),
    linted: notLinted === undefined,
    grammar: notLinted === undefined && dialectOf(file).engine === "postgres",
    ...(notLinted !== undefined && { notLinted }),
    ...concerning(applyAllowances(path, findings.map(file.engine === undefined ? nameEngine : same), allowed), floor),
  };
}

const same = (finding: Finding) => finding;

/** A file that was taken for Postgres's, because nothing said whose it is. */
function nameEngine(finding: Finding): Finding {
  if (finding.rule !== "syntax-error") return finding;
  const otherwise = "If it is not for Postgres, say for what: --engine mysql or --engine sqlite.";
  return { ...finding, safeWay: `${finding.safeWay} ${otherwise}` };
}

function reasonNotToLint({ path, notLinted }: LintFile): string | undefined {
  if (notLinted !== undefined) return notLinted;
  if (languageOf(path) !== "sql") return "only SQL is linted";
  return undefined;
}

function dialectOf({ engine }: LintFile): Dialect {
  if (engine === "mysql") return mysqlDialect;
  return engine === "sqlite" ? sqliteDialect : postgresDialect;
}
