import { keywordAt } from "../keyword.ts";
import type { Statement } from "../statement.ts";
import { postgresTokens } from "./tokens.ts";

/** A statement that changes a server setting for the statements after it. */
export interface Setting {
  /** In lower case; `all` for RESET ALL. */
  readonly name: string;
  /** In lower case, without quotes; `default` for a reset. */
  readonly value: string;
}

/** The setting that SET, SET NAMES, RESET or set_config (with literals) changes; undefined for other statements. */
export function settingOf({ sql, words }: Statement): Setting | undefined {
  if (words[0] === "SELECT") return configOf(sql);
  if (words[0] !== "SET" && words[0] !== "RESET") return undefined;
  const parts = partsOf(sql, 6);
  const [verb] = parts;
  const rest = parts.slice(parts[1] === "session" || parts[1] === "local" ? 2 : 1);
  if (verb === "reset") return rest[0] === undefined ? undefined : { name: rest[0], value: "default" };
  if (rest[0] === "names") return { name: "client_encoding", value: rest[1] ?? "default" };
  const [name, sign, value] = rest;
  if (name === undefined || value === undefined || (sign !== "=" && sign !== "to")) return undefined;
  return { name, value };
}

/** pg_dump writes `SELECT set_config('lock_timeout', '0', false)`. */
function configOf(sql: string): Setting | undefined {
  if (!/^[^;]{0,40}set_config/i.test(sql)) return undefined;
  const parts = partsOf(sql, 9);
  const at = parts.indexOf("set_config");
  const [open, name, comma, value] = at === -1 ? [] : parts.slice(at + 1);
  return open === "(" && comma === "," && name !== undefined && value !== undefined ? { name, value } : undefined;
}

/** The first tokens in lower case, without quotes. */
function partsOf(sql: string, limit: number): readonly string[] {
  const parts: string[] = [];
  for (const { kind, index, end } of postgresTokens(sql)) {
    if (parts.length === limit) break;
    const text = kind === "word" ? keywordAt(sql, index, end) : sql.slice(index, end);
    parts.push(text.replace(/^(?:[eE]|[uU]&)?['"]([^]*)['"]$/, "$1").toLowerCase());
  }
  return parts;
}
