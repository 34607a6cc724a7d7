import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Token } from "../sql/token.ts";

/** A place that a tool replaces by a value before the server sees it. */
export interface Placeholder {
  readonly index: number;
  /** `string`: in single quotes or a dollar quote, whose text the server keeps as it is. */
  readonly within: "string" | "name" | "nothing";
}

/** `${x}`, Go's and Jinja's `{{ x }}` and `{% x %}`, ERB's `<%= x %>`, sqlcmd's `$(x)`, MyBatis's `#{x}`. */
const inQuotes = /\$\{|\{\{|\{%|<%[=-]|\$\(\w+\)|#\{\w/g;

export function placeholdersIn(sql: string, token: Token): readonly Placeholder[] {
  const { index, end } = token;
  const quote = /^(?:[a-z]{0,1}&?)?(["'])/i.exec(sql.slice(index, index + 3))?.[1];
  if (quote === undefined && (sql[index] !== "$" || token.kind === "other"))
    return isOutside(sql, token) ? [{ index, within: "nothing" }] : [];
  const found = sql.slice(index, end).matchAll(inQuotes);
  return Array.from(found, (match) => ({ index: index + match.index, within: quote === '"' ? "name" : "string" }));
}

/** Outside of quotes, Postgres knows no brace, and no `$` before a letter. `<%` is an operator, `<%= x %>` is not. */
function isOutside(sql: string, { index, end }: Token): boolean {
  const start = sql.slice(index, index + lookAhead);
  if (sql[index] === "{") return true;
  if (sql[index] === "$") return end === index + 1 && /^\$[a-z_{(]/i.test(start);
  return /^<%[=-].*%>/.test(start);
}

const lookAhead = 200;

/** The tool that fills in templates also inside strings, if its configuration lies in the folder or beside it. */
export function templateToolOf(path: string): string | undefined {
  const folder = dirname(path);
  const places = [folder, dirname(folder)];
  const has = (name: string) => places.some((place) => existsSync(`${place}/${name}`));
  if (has("tern.conf")) return "tern";
  return has("dbt_project.yml") ? "dbt" : undefined;
}
