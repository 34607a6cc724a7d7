import type { DoStmt, Node } from "libpg-query";
import { nameOf, nodesIn } from "./names.ts";
import { SqlSyntaxError, type SqlParser } from "./parser.ts";
import type { Piece } from "./split.ts";
import { nextToken } from "./tokens.ts";

/**
 * The SQL statements in the body of a DO block, and strings that it EXECUTEs as they are. What it puts together first
 * cannot be known. `start` is the place within `text`, the whole of the DO statement.
 */
export function findStatementsOfBlock(statement: DoStmt, text: string, parser: SqlParser): readonly Piece[] {
  const source = (statement.args ?? []).find((node) => "DefElem" in node && node.DefElem.defname === "as");
  const body = source !== undefined && "DefElem" in source ? nameOf(source.DefElem.arg)[0] : undefined;
  if (body === undefined) return [];
  let tree: unknown;
  try {
    tree = parser.parsePlpgsql(text);
  } catch (error) {
    // The parser knows no types and no tables: what it refuses may be right.
    if (error instanceof SqlSyntaxError) return [];
    throw error;
  }
  // A body in quotes has each of its own quotes twice, and its places are not those of the text.
  const bodyStart = text.indexOf(body);
  return statementsIn(tree, parser)
    .map(({ line, sql }) => {
      const start = bodyStart === -1 ? 0 : bodyStart + placeIn(body, sql, line);
      return { start: nextToken(text, start)?.start ?? 0, text: sql };
    })
    .toSorted((a, b) => a.start - b.start);
}

function statementsIn(tree: unknown, parser: SqlParser): readonly { readonly line: number; readonly sql: string }[] {
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

/** The text of an expression that is nothing but a string. */
function literalOf(expression: string, parser: SqlParser): string | undefined {
  const [statement] = parser.parse(`SELECT ${expression}`).stmts ?? [];
  const select: Node | undefined = statement?.stmt;
  if (select === undefined || !("SelectStmt" in select)) return undefined;
  const [target] = select.SelectStmt.targetList ?? [];
  const value = target !== undefined && "ResTarget" in target ? target.ResTarget.val : undefined;
  return value !== undefined && "A_Const" in value ? value.A_Const.sval?.sval : undefined;
}

/** Where the statement is in the body; its line's start where it is not found as it is. */
function placeIn(body: string, sql: string, line: number): number {
  const lineStart =
    body
      .split("\n")
      .slice(0, line - 1)
      .join("\n").length + (line > 1 ? 1 : 0);
  const found = body.indexOf(sql, lineStart);
  return found === -1 ? lineStart : found;
}
