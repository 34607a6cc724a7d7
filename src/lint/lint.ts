import type { Finding } from "../migrations/finding.ts";
import { placeOf } from "../migrations/sql/place.ts";
import { checkStatement, type Checked } from "./check.ts";
import type { Catalog } from "./catalog/catalog.ts";
import { findStatementsOfBlock } from "./parsing/do-block.ts";
import { mentionedNames } from "./mentioned-names.ts";
import type { Name } from "./names.ts";
import { loadParser, type SqlParser } from "./parsing/parser.ts";
import type { ColumnFacts, Problem } from "./problem.ts";
import { readBatches, type ParsedStatement, type Reader } from "./parsing/read.ts";
import type { LintRule } from "./rules/rule.ts";
import { lintRules, type LintRuleId } from "./rules/rules.ts";
import { createScope, type Scope } from "./scope.ts";
import { findCommands } from "./parsing/split.ts";

/** A finding of one of the rules in rules/. */
export interface LintFinding extends Finding {
  readonly rule: LintRuleId;
}

export interface LintOptions {
  /** The server's major version. Default: 14, the oldest supported one. */
  readonly serverVersion?: number;
  /** The objects in the database. Left out, every object that the migrations do not create counts as in use. */
  readonly catalog?: Catalog;
  /** Asks the database about a column. Returns undefined if it does not exist. Left out, the worst is assumed. */
  readonly describeColumn?: (table: Name, column: string) => Promise<ColumnFacts | undefined>;
  /** The parser, to share it between linters. Default: one of its own. */
  readonly reader?: Reader;
}

/** Loads the parser when it is first needed. */
export function createReader(): Reader {
  let parser: Promise<SqlParser> | undefined;
  return {
    parser: () => (parser ??= loadParser()),
    discardParser: () => void (parser = undefined),
  };
}

export interface MigrationMode {
  /** Whether the migration runs as one transaction: not with `-- seaworthy: no-transaction`. Default: true. */
  readonly transaction?: boolean;
}

export interface MigrationText extends MigrationMode {
  readonly sql: string;
}

/**
 * Checks migrations in order. An object that one of them creates counts as new in all later ones, also in later calls.
 * Returns the findings of each, in the same order.
 */
export type Linter = (migrations: readonly MigrationText[]) => Promise<readonly (readonly LintFinding[])[]>;

/**
 * Finds the statements in the migrations of one upgrade that break the version that still runs, block a table in use,
 * or fail. A syntax error is a finding as well. The parser is loaded for the first migration. If it cannot be loaded,
 * the linter throws a Failure (78).
 */
export function createLinter(options: LintOptions = {}): Linter {
  const scope = createScope(options.catalog);
  const { reader = createReader() } = options;
  return async (migrations) => {
    const texts = migrations.map(({ sql, transaction = true }) => ({ sql: sql.replace(/^\uFEFF/, ""), transaction }));
    const problems = await findProblems(texts, { ...options, scope, reader });
    const findings: (readonly LintFinding[])[] = [];
    for (const [index, { sql }] of texts.entries()) {
      const real = await withoutHarmless(problems[index] ?? [], options);
      findings.push(real.toSorted((one, other) => one.at - other.at).map((problem) => describe(problem, sql)));
    }
    return findings;
  };
}

/** Checks a single migration. */
export async function lintMigration(
  sql: string,
  { transaction = true, ...options }: LintOptions & MigrationMode = {},
): Promise<readonly LintFinding[]> {
  return (await createLinter(options)([{ sql, transaction }])).flat();
}

interface Means extends Omit<LintOptions, "reader"> {
  readonly scope: Scope;
  readonly reader: Reader;
}

/** The problems of each migration, in the same order. */
async function findProblems(
  migrations: readonly Required<MigrationText>[],
  { scope, reader, serverVersion = 14, catalog }: Means,
): Promise<readonly (readonly Problem[])[]> {
  const found = migrations.map((): Problem[] => []);
  let current: number | undefined;
  // Whether the current place is inside BEGIN … COMMIT of a `no-transaction` migration.
  let isOpen = false;
  for await (const group of groupParts(readParts(migrations, reader))) {
    await catalog?.learn(namesIn(group.flatMap(({ steps }) => steps)));
    for (const { index, steps } of group) {
      if (index !== current) {
        scope.endTransaction();
        scope.beginMigration();
        current = index;
        isOpen = false;
      }
      check(steps, index);
    }
  }
  scope.endTransaction();
  if (catalog?.isEmpty !== true) return found;
  return found.map((problems) => problems.filter(concernsEmptyDatabase));

  function check(steps: readonly (Step | Problem)[], index: number): void {
    const problems = found[index] ?? [];
    const { sql, transaction } = migrations[index] ?? { sql: "", transaction: true };
    for (const step of steps) {
      if ("rule" in step) {
        problems.push(step);
        continue;
      }
      const { node, at, isInner } = step;
      if ("TransactionStmt" in node) isOpen = opens(node.TransactionStmt.kind);
      checkStatement(step, {
        scope,
        serverVersion,
        at,
        // A DO block is one statement, so its body always shares a transaction.
        inTransaction: transaction || isOpen || isInner,
        isConditional: isInner,
        report: (problem) => void problems.push(problem),
        withdraw(made) {
          const left = problems.filter(({ unlessMade }) => unlessMade !== made);
          return problems.splice(0, problems.length, ...left).length > left.length;
        },
        lineOf: (place) => placeOf(sql, place).line,
      });
      if (!transaction && !isOpen && !isInner) scope.endTransaction();
    }
  }
}

/** A part of a migration, or the whole. */
interface Part {
  /** The index of its migration. */
  readonly index: number;
  readonly characters: number;
  readonly steps: readonly (Step | Problem)[];
}

async function* readParts(migrations: readonly MigrationText[], reader: Reader): AsyncGenerator<Part> {
  for (const [index, { sql }] of migrations.entries()) {
    for await (const batch of readBatches(sql, reader)) {
      const steps = (await Promise.all(batch.map((item) => stepsOf(item, reader)))).flat();
      const characters = batch.reduce((sum, item) => sum + ("rule" in item ? 0 : item.text.length), 0);
      yield { index, characters, steps };
    }
  }
}

/** In characters. The catalogue is asked once per group. A syntax tree takes about 100 times the memory of its text. */
const groupSize = 250_000;

async function* groupParts(parts: AsyncIterable<Part>): AsyncGenerator<readonly Part[]> {
  let group: Part[] = [];
  let characters = 0;
  for await (const part of parts) {
    if (group.length > 0 && characters + part.characters > groupSize) {
      yield group;
      group = [];
      characters = 0;
    }
    group.push(part);
    characters += part.characters;
  }
  if (group.length > 0) yield group;
}

const opens = (kind: string | undefined) => kind === "TRANS_STMT_BEGIN" || kind === "TRANS_STMT_START";

/** In an empty database nothing is in use: a statement can only fail, or affect something outside the database. */
function concernsEmptyDatabase({ rule, isOutside = false }: Problem): boolean {
  return isOutside || ruleOf(rule).severity === "fails" || rule === "not-checked";
}

/** A statement of a migration, or of a DO block in it. */
interface Step extends Checked {
  readonly at: number;
  readonly isInner: boolean;
}

async function stepsOf(item: ParsedStatement | Problem, reader: Reader): Promise<readonly (Step | Problem)[]> {
  if ("rule" in item) return [item];
  const { node, start, text, indexOf } = item;
  const commandStarts = () => {
    const relation = "AlterTableStmt" in node ? node.AlterTableStmt.relation : undefined;
    return findCommands(text, indexOf(relation?.location)).map((index) => start + index);
  };
  const step = { node, text, at: start, isInner: false, commandStarts };
  if (!("DoStmt" in node)) return [step];
  const parser = await reader.parser();
  try {
    const inner = findStatementsOfBlock(node.DoStmt, text, parser);
    const steps = inner.map((statement) => ({
      node: statement.node,
      text: statement.text,
      at: start + statement.start,
      isInner: true,
      commandStarts: () => [],
    }));
    return [step, ...steps];
  } catch {
    reader.discardParser();
    const message = "This DO block is too deeply nested to be checked.";
    return [step, { rule: "not-checked", at: start, message }];
  }
}

function* namesIn(steps: readonly (Step | Problem)[]): Generator<string> {
  for (const step of steps) if ("node" in step) yield* mentionedNames(step.node);
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
  return left.filter(({ unlessAllHarmless = [] }) =>
    unlessAllHarmless.every((group) => group.some((problem) => left.some((one) => one === problem))),
  );
}

function ruleOf(id: LintRuleId): LintRule {
  const rule = lintRules.find((candidate) => candidate.id === id);
  if (rule === undefined) throw new Error(`internal error: there is no lint rule ${id}`);
  return rule;
}

function describe({ rule: id, at, message, safeWay }: Problem, sql: string): LintFinding {
  const rule = ruleOf(id);
  return { rule: id, severity: rule.severity, ...placeOf(sql, at), message, safeWay: safeWay ?? rule.safeWay };
}
