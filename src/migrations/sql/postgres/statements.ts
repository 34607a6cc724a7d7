import type { Statement } from "../statement.ts";
import { clausesOf } from "./clauses.ts";

export function* postgresStatements(sql: string): Generator<Statement> {
  let first: { readonly index: number; readonly words: readonly string[] } | undefined;
  let end = 0;
  for (const clause of clausesOf(sql)) {
    if (clause.index !== undefined) {
      first ??= { index: clause.index, words: clause.words };
      end = clause.end;
    }
    if (!clause.endsStatement) continue;
    if (first !== undefined) yield { ...first, sql: sql.slice(first.index, end) };
    first = undefined;
  }
}
