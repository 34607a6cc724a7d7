import type { Remark } from "./remarks.ts";
import { downWordsOf } from "./vocabulary.ts";

/** `ALTER TABLE posts ADD COLUMN down int; -- down`: the comment names the column. */
export function namesStatementBefore(source: string, { index, text, beginsLine }: Remark): boolean {
  if (beginsLine) return false;
  const line = source.slice(source.lastIndexOf("\n", index) + 1, index).replaceAll(/'[^']*'/g, "''");
  return (
    /^\s*(?:create|alter|comment|insert|update|select|grant)\b/i.test(line) && !removes.test(line) && names(text, line)
  );
}

/** `-- rollbacks` above `CREATE TABLE rollbacks`: the comment names the table. */
export function namesStatementAfter(source: string, { end, text }: Remark): boolean {
  const [start = ""] = /^\s*create\s[^;('$]*/i.exec(source.slice(end, end + lookAhead)) ?? [];
  return names(text, start);
}

const lookAhead = 300;
const removes = /\b(?:drop|delete|truncate|revoke)\b/i;

function names(comment: string, sql: string): boolean {
  const found = new Set(sql.toLowerCase().match(/[\p{L}\p{N}_]+/gu));
  return downWordsOf(comment).some((word) => found.has(word));
}
