import type { MysqlDialect } from "../../../migrations/sql/dialect.ts";
import { keywordAt } from "../../../migrations/sql/keyword.ts";
import { mysqlTokens } from "../../../migrations/sql/mysql/tokens.ts";
import { settingsOf } from "../../../migrations/sql/mysql/setting.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";
import { readChange, type Change } from "./objects.ts";

/** How a statement runs with its record. */
export type StatementKind =
  /** Changes only the session, so a resumed run needs it too. It is no step. */
  | { readonly kind: "setting" }
  /** Reads only. */
  | { readonly kind: "query" }
  /** Runs in one transaction with its record. */
  | { readonly kind: "data" }
  /** The same, but its table ends with the session: what comes after it cannot be resumed. */
  | { readonly kind: "temporary" }
  /** Commits. The objects' definitions tell whether it has run. */
  | { readonly kind: "definition"; readonly change: Change }
  /** Commits, and may run twice. */
  | { readonly kind: "repeatable" }
  /** May commit. Its own transaction tells whether it has begun to. */
  | { readonly kind: "other" };

const data = new Set(["INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "DO", "HANDLER"]);
const queries = new Set(["SELECT", "SHOW", "DESC", "DESCRIBE", "EXPLAIN", "VALUES", "TABLE", "CHECKSUM", "HELP"]);
const repeatable = new Set(["ANALYZE", "OPTIMIZE", "REPAIR", "CHECK", "FLUSH", "CACHE", "GRANT", "REVOKE", "KILL"]);
const schemaChanges = new Set(["CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE"]);

export function kindOf({ sql, words }: Statement, dialect: MysqlDialect): StatementKind {
  const [first = "", second = "", third, fourth] = words;
  if (first === "SET" && second === "PASSWORD") return { kind: "repeatable" };
  if (first === "SET") return { kind: mayChangeData(sql, dialect) ? "data" : "setting" };
  if (first === "PREPARE" || first === "DEALLOCATE" || (first === "DROP" && second === "PREPARE"))
    return { kind: "setting" };
  if (second === "TEMPORARY" || (third === "REPLACE" && fourth === "TEMPORARY")) return { kind: "temporary" };
  if (data.has(first) || (first === "WITH" && writes(sql, dialect))) return { kind: "data" };
  if (queries.has(first) || first === "WITH" || sql.startsWith("(")) return { kind: "query" };
  if (repeatable.has(first) || (first === "ALTER" && ["USER", "DATABASE", "SCHEMA", "SERVER"].includes(second)))
    return { kind: "repeatable" };
  const change = schemaChanges.has(first) ? readChange(sql, dialect) : undefined;
  return change === undefined ? { kind: "other" } : { kind: "definition", change };
}

/**
 * `SET @id = next_id()`, `SET @n = NEXT VALUE FOR s`: a function may change rows. A resumed run gets the value of the variable
 * from its record.
 */
function mayChangeData(sql: string, dialect: MysqlDialect): boolean {
  const tokens = Array.from(mysqlTokens(sql, dialect));
  const isOfUser = tokens[1] !== undefined && sql.slice(tokens[1].index, tokens[1].end) === "@";
  return isOfUser && settingsOf(sql, dialect).length === 0 && /\(|\bNEXT\s+VALUE\b/i.test(sql);
}

/** WITH … UPDATE, or WITH … DELETE. */
function writes(sql: string, dialect: MysqlDialect): boolean {
  for (const { kind, index, end } of mysqlTokens(sql, dialect))
    if (kind === "word" && ["UPDATE", "DELETE", "INSERT"].includes(keywordAt(sql, index, end))) return true;
  return false;
}
