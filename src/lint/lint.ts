import type { Finding } from "../migrations/finding.ts";
import { placeOf } from "../migrations/statements.ts";
import { checkStatement } from "./check.ts";
import { findStatementsOfBlock, type InnerStatement } from "./do-block.ts";
import type { Name } from "./names.ts";
import { loadParser, type SqlParser } from "./parser.ts";
import type { ColumnFacts, Context, Problem } from "./problem.ts";
import { readStatements, type ParsedStatement, type Reader } from "./read.ts";
import { lintRules, type LintRuleId } from "./rules.ts";
import { createScope, type Scope } from "./scope.ts";
import { findCommands } from "./split.ts";

/** A finding by one of our rules. */
export interface LintFinding extends Finding {
  readonly rule: LintRuleId;
}

export interface LintOptions {
  /** The server's major version. Default: 14, the oldest that is looked after. */
  readonly serverVersion?: number;
  /** Asks the database about a column; undefined where it has none such. Left out, the worst is assumed. */
  readonly describeColumn?: (table: Name, column: string) => Promise<ColumnFacts | undefined>;
}

export interface MigrationMode {
  /** Whether the migration runs as one transaction: not with `-- seaworthy: no-transaction`. Default: true. */
  readonly transaction?: boolean;
}

/** Checks one migration after the other, in their order: what one of them makes is new to the next. */
export type Linter = (sql: string, mode?: MigrationMode) => Promise<readonly LintFinding[]>;

/**
 * Finds what in the migrations of one upgrade breaks the version that still runs, blocks a table that is in use, or
 * cannot be run at all. What does not parse is a finding as well. The parser is loaded for the first migration; where it
 * cannot be, the linter throws a Failure (78).
 */
export function createLinter(options: LintOptions = {}): Linter {
  const scope = createScope();
  let parser: Promise<SqlParser> | undefined;
  const reader: Reader = {
    parser: () => (parser ??= loadParser()),
    discardParser: () => void (parser = undefined),
  };
  return async (sql, { transaction = true } = {}) => {
    const text = sql.replace(/^\uFEFF/, "");
    const problems = await findProblems(text, transaction, { ...options, scope, reader });
    const real = await withoutHarmless(problems, options);
    return real.toSorted((a, b) => a.at - b.at).map((problem) => describe(problem, text));
  };
}

/** Checks a migration that is an upgrade of its own. */
export function lintMigration(
  sql: string,
  { transaction = true, ...options }: LintOptions & MigrationMode = {},
): Promise<readonly LintFinding[]> {
  return createLinter(options)(sql, { transaction });
}

interface Means extends LintOptions {
  readonly scope: Scope;
  readonly reader: Reader;
}

async function findProblems(sql: string, transaction: boolean, means: Means): Promise<readonly Problem[]> {
  const { scope, reader, serverVersion = 14 } = means;
  const problems: Problem[] = [];
  // BEGIN … COMMIT in a migration that is no transaction itself.
  let isOpen = false;
  scope.setDefaultSchema("public");
  for await (const item of readStatements(sql, reader)) {
    if ("rule" in item) {
      problems.push(item);
      continue;
    }
    if ("TransactionStmt" in item.node) isOpen = opens(item.node.TransactionStmt.kind);
    const context: Context = {
      scope,
      serverVersion,
      inTransaction: transaction || isOpen,
      at: item.start,
      report: (problem) => void problems.push(problem),
      withdraw(made) {
        problems.splice(0, problems.length, ...problems.filter(({ unlessMade }) => unlessMade !== made));
      },
      lineOf: (at) => placeOf(sql, at).line,
    };
    await checkParsed(item, reader, context);
    if (!transaction && !isOpen) scope.endTransaction();
  }
  scope.endTransaction();
  return problems;
}

const opens = (kind: string | undefined) => kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START";

async function checkParsed(item: ParsedStatement, reader: Reader, context: Context): Promise<void> {
  const { node, start, text, indexOf } = item;
  const commandStarts = () => {
    const relation = "AlterTableStmt" in node ? node.AlterTableStmt.relation : undefined;
    return findCommands(text, indexOf(relation?.location)).map((index) => start + index);
  };
  checkStatement(node, commandStarts, context);
  if (!("DoStmt" in node)) return;
  const parser = await reader.parser();
  let statements: readonly InnerStatement[];
  try {
    statements = findStatementsOfBlock(node.DoStmt, text, parser);
  } catch {
    reader.discardParser();
    context.report({ rule: "not-checked", at: start, message: "This DO block is too deeply nested to be checked." });
    return;
  }
  // The whole block is one statement, wherever it stands.
  for (const inner of statements)
    checkStatement(inner.node, () => [], { ...context, at: start + inner.start, inTransaction: true });
}

async function withoutHarmless(
  problems: readonly Problem[],
  { describeColumn }: LintOptions,
): Promise<readonly Problem[]> {
  const left: Problem[] = [];
  for (const problem of problems) {
    const { table, column, isHarmless, isHarmlessIfUnknown = false } = problem.unlessColumn ?? {};
    const facts = table && column !== undefined ? await describeColumn?.(table, column) : undefined;
    if (!(facts === undefined ? isHarmlessIfUnknown : isHarmless?.(facts))) left.push(problem);
  }
  return left;
}

function describe({ rule: id, at, message, safeWay }: Problem, sql: string): LintFinding {
  const rule = lintRules.find((candidate) => candidate.id === id);
  if (rule === undefined) throw new Error(`internal error: there is no lint rule ${id}`);
  return { rule: id, severity: rule.severity, ...placeOf(sql, at), message, safeWay: safeWay ?? rule.safeWay };
}
