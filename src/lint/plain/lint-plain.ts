import type { Finding } from "../../migrations/finding.ts";
import type { Dialect } from "../../migrations/sql/dialect.ts";
import { placeOf } from "../../migrations/sql/place.ts";
import { readStatements } from "../../migrations/sql/statements.ts";
import { mysqlRules, sqliteRules } from "../rules/rules-plain.ts";
import type { MigrationText } from "../lint.ts";
import { checkMysqlStatement } from "./check-mysql.ts";
import { checkSqliteStatement, type Rebuilds } from "./check-sqlite.ts";
import { createObjects, keyOf, showName, type ExistingObjects, type PlainProblem } from "./objects.ts";
import { createTransactions } from "./transactions.ts";
import { wordsOf } from "./words.ts";

/** A dialect without a grammar here. */
export type PlainDialect = Exclude<Dialect, { readonly engine: "postgres" }>;

export type PlainLinter = (migrations: readonly MigrationText[]) => readonly (readonly Finding[])[];

/** The first words of the statements that are checked on any engine. */
const checked = new Set("ALTER CREATE DROP RENAME TRUNCATE UPDATE DELETE LOCK REVOKE VACUUM".split(" "));

/**
 * Finds in migrations of MySQL, MariaDB and SQLite what can be told from the words of a statement: there is no grammar. It
 * does not look into stored programs. What a migration creates counts as new in all later ones, also in later calls.
 * @param existing the tables and views of the database. Left out, everything else counts as in use.
 */
export function createPlainLinter(dialect: PlainDialect, existing?: ExistingObjects): PlainLinter {
  const objects = createObjects(dialect.engine, existing);
  const lintOne = ({ sql, transaction = true }: MigrationText): readonly PlainProblem[] => {
    const problems: PlainProblem[] = [];
    const report = (problem: PlainProblem) => void problems.push(problem);
    const transactions = createTransactions(report);
    const rebuilds = createRebuilds(report, transaction);
    for (const statement of readStatements(sql, dialect)) {
      if (dialect.engine === "mysql") transactions.take(statement);
      // Rows of INSERT are not split into words: a dump may have millions.
      if ("isProgram" in statement || !checked.has(statement.words[0] ?? "")) continue;
      const words = wordsOf(statement.sql, statement.index, dialect);
      const context = { objects, report, at: words[0]?.at ?? statement.index };
      if (dialect.engine === "sqlite") checkSqliteStatement(words, context, rebuilds);
      else checkMysqlStatement(words, context);
    }
    transactions.end();
    rebuilds.end();
    return problems;
  };
  return (migrations) => migrations.map((one) => describe(lintOne(one), one.sql, dialect));
}

/** In a transaction, nobody sees that a name was gone for a while. */
function createRebuilds(report: (problem: PlainProblem) => void, inTransaction: boolean) {
  const removed = new Map<string, PlainProblem>();
  const key = (name: readonly string[]) => keyOf("sqlite", name, "");
  const rebuilds: Rebuilds & { readonly end: () => void } = {
    remove(name, problem) {
      if (inTransaction) removed.set(key(name), problem);
      else report(problem);
    },
    bringBack(name) {
      const problem = removed.get(key(name));
      if (problem === undefined) return false;
      removed.delete(key(name));
      if (problem.rule === "drop-table" || problem.rule === "rename-table")
        report({ rule: "rewrite-table", at: problem.at, message: `The migration rebuilds table ${showName(name)}.` });
      return true;
    },
    end: () => [...removed.values()].forEach(report),
  };
  return rebuilds;
}

function describe(problems: readonly PlainProblem[], sql: string, { engine }: PlainDialect): readonly Finding[] {
  const rules = engine === "mysql" ? mysqlRules : sqliteRules;
  return problems
    .toSorted((one, other) => one.at - other.at)
    .map(({ rule: id, at, message, safeWay }) => {
      const rule = rules.find((candidate) => candidate.id === id);
      if (rule === undefined) throw new Error(`internal error: there is no lint rule ${id} for ${engine}`);
      return { rule: id, severity: rule.severity, ...placeOf(sql, at), message, safeWay: safeWay ?? rule.safeWay };
    });
}
