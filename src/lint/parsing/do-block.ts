import type { DoStmt, Node } from "libpg-query";
import { nameOf, nodesIn } from "../names.ts";
import { SqlSyntaxError, type SqlParser } from "./parser.ts";
import { skipBlank } from "./split.ts";

export interface InnerStatement {
  readonly node: Node;
  readonly text: string;
  /** Its offset in the text of the DO statement. */
  readonly start: number;
}

/**
 * The SQL statements in the body of a DO block, and the literal strings that it EXECUTEs. Computed strings cannot be
 * known. The PL/pgSQL parser knows no types and tables, so it may refuse a body that the server accepts.
 */
export function findStatementsOfBlock(block: DoStmt, text: string, parser: SqlParser): readonly InnerStatement[] {
  const source = (block.args ?? []).find((node) => "DefElem" in node && node.DefElem.defname === "as");
  const body = source !== undefined && "DefElem" in source ? nameOf(source.DefElem.arg)[0] : undefined;
  const tree = body && orNothing(() => parser.parsePlpgsql(text));
  if (body === undefined || tree === undefined) return [];
  // A body in single quotes doubles its quotes, so its offsets do not match the text.
  const bodyStart = text.indexOf(body);
  const found = queriesIn(tree, parser).flatMap(({ line, sql }) => {
    const start = bodyStart === -1 ? 0 : bodyStart + placeIn(body, sql, line);
    const [statement] = orNothing(() => parser.parse(sql).stmts) ?? [];
    return statement?.stmt === undefined
      ? []
      : [{ node: statement.stmt, text: sql, start: skipBlank(text, start) ?? 0 }];
  });
  return found.toSorted((a, b) => a.start - b.start);
}

function queriesIn(tree: unknown, parser: SqlParser): readonly { readonly line: number; readonly sql: string }[] {
  return [...nodesIn(tree)].flatMap(([kind, fields]) => {
    const line = (fields["lineno"] ?? 1) as number;
    if (kind === "PLpgSQL_stmt_execsql") return [{ line, sql: queryOf(fields["sqlstmt"]) }];
    if (kind !== "PLpgSQL_stmt_dynexecute") return [];
    const sql = literalOf(queryOf(fields["query"]), parser);
    return sql === undefined ? [] : [{ line, sql }];
  });
}

function queryOf(expression: unknown): string {
  return (expression as { readonly PLpgSQL_expr?: { readonly query?: string } } | undefined)?.PLpgSQL_expr?.query ?? "";
}

/** The text of an expression that is a string literal. */
function literalOf(expression: string, parser: SqlParser): string | undefined {
  const [statement] = orNothing(() => parser.parse(`SELECT ${expression}`).stmts) ?? [];
  if (statement?.stmt === undefined || !("SelectStmt" in statement.stmt)) return undefined;
  const [target] = statement.stmt.SelectStmt.targetList ?? [];
  const value = target !== undefined && "ResTarget" in target ? target.ResTarget.val : undefined;
  return value !== undefined && "A_Const" in value ? value.A_Const.sval?.sval : undefined;
}

/** The offset of the statement in the body, or the start of its line if its text is not found. */
function placeIn(body: string, sql: string, line: number): number {
  const before = body
    .split("\n")
    .slice(0, line - 1)
    .join("\n");
  const lineStart = before.length + (line > 1 ? 1 : 0);
  const found = body.indexOf(sql, lineStart);
  return found === -1 ? lineStart : found;
}

function orNothing<Result>(parse: () => Result): Result | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SqlSyntaxError) return undefined;
    throw error;
  }
}
