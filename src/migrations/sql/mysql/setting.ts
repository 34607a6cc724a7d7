import type { MysqlDialect } from "../dialect.ts";
import { mysqlTokens } from "./tokens.ts";

/** A variable that a SET changes. */
export interface MysqlSetting {
  /** In lower case, without `@@` and its scope; `names` for SET NAMES and SET CHARACTER SET, `transaction` for SET TRANSACTION. */
  readonly name: string;
  /** In lower case, without quotes. An expression is shown as its first tokens. */
  readonly value: string;
}

/** The settings of one SET statement: `SET @old = @@sql_mode, sql_mode = ''` has two. */
export function settingsOf(sql: string, dialect: MysqlDialect): readonly MysqlSetting[] {
  const tokens = Array.from(mysqlTokens(sql, dialect)).filter(({ kind }) => kind !== "mark");
  const texts = tokens.map(({ index, end }) =>
    sql
      .slice(index, end)
      .replace(/^(['"`])([^]*)\1$/, "$2")
      .toLowerCase(),
  );
  const parts: string[][] = [[]];
  let depth = 0;
  for (const text of texts.slice(1)) {
    if (text === "(") depth++;
    if (text === ")") depth--;
    if (text === "," && depth === 0) parts.push([]);
    else parts.at(-1)?.push(text);
  }
  return parts.flatMap(readSetting);
}

function readSetting(part: readonly string[]): readonly MysqlSetting[] {
  const words = part.filter(
    (text) => !["session", "global", "local", "persist", "persist_only", "statement"].includes(text),
  );
  const [first, second, third] = words;
  if (first === "names") return [{ name: "names", value: second ?? "" }];
  if (first === "transaction") {
    const value = words.slice(1).join(" ");
    if (part[0] === "transaction") return [{ name: "transaction", value }];
    return ["tx_isolation", "transaction_isolation"].map((name) => ({ name, value }));
  }
  if (first === "character" && second === "set") return [{ name: "names", value: third ?? "" }];
  const at = part.findIndex((text) => text === "=");
  if (at <= 0) return [];
  const left = part.slice(0, at).filter((text) => text !== ":");
  // One @ is a variable of the user, two are one of the server.
  if (left[0] === "@" && left[1] !== "@") return [];
  return [{ name: left.at(-1) ?? "", value: part.slice(at + 1).join("") }];
}
