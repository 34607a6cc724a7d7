import { sqliteTokens } from "./tokens.ts";

/** https://sqlite.org/lang_expr.html#varparam */
const parameter = /\?\d*|[$:@#][\w$\u0080-\uFFFF]+(?:::[\w$]+)*/y;

/** The parameters of a statement: `?`, `?1`, `$1`, `:name`, `@name`. */
export function* findParameters(sql: string): Generator<string> {
  let from = 0;
  for (const { kind, index } of sqliteTokens(sql)) {
    if (kind !== "other" || index < from) continue;
    parameter.lastIndex = index;
    const [found] = parameter.exec(sql) ?? [];
    if (found === undefined) continue;
    from = index + found.length;
    yield found;
  }
}
