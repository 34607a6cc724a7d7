import { nearest } from "../../../kernel/nearest.ts";
import type { Statement } from "../statement.ts";
import { sqliteTokens } from "./tokens.ts";

interface Pragma {
  /** In lower case. */
  readonly name: string;
  /** Undefined if the pragma only asks. */
  readonly value: string | undefined;
}

export const isPragma = ({ words: [first] }: Pick<Statement, "words">) => first === "PRAGMA";

/** Whether SQLite refuses the statement in a transaction. */
export function runsAlone({ words: [first] }: Pick<Statement, "words">): boolean {
  return first === "VACUUM";
}

/** Pragmas that change the file, at the next VACUUM. */
const beforeVacuum: ReadonlySet<string> = new Set(["page_size", "auto_vacuum"]);
/** Pragmas that SQLite refuses or ignores in a transaction. */
const withValue: ReadonlySet<string> = new Set([
  "journal_mode",
  "synchronous",
  "temp_store",
  "temp_store_directory",
  ...beforeVacuum,
]);

/** The name of a PRAGMA that SQLite refuses or ignores in a transaction. */
export function lonelyPragma(statement: Statement): string | undefined {
  if (!isPragma(statement)) return undefined;
  const { name, value } = readPragma(statement.sql);
  return name === "wal_checkpoint" || (withValue.has(name) && value !== undefined) ? name : undefined;
}

/** The name of a PRAGMA that has no effect until a VACUUM. */
export function pragmaBeforeVacuum(statement: Statement): string | undefined {
  if (!isPragma(statement)) return undefined;
  const { name, value } = readPragma(statement.sql);
  return beforeVacuum.has(name) && value !== undefined ? name : undefined;
}

/** Why a PRAGMA would have no effect, wherever it stands. SQLite ignores a name or a value that it does not know. */
export function uselessPragma(statement: Statement): string | undefined {
  if (!isPragma(statement)) return undefined;
  const { name, value } = readPragma(statement.sql);
  if (!pragmas.includes(name)) {
    const meant = nearest(name, pragmas);
    return `SQLite has no PRAGMA ${name}, and would ignore it. ${meant === undefined ? "Remove it" : `Did you mean ${meant}?`}`;
  }
  if (value === undefined) return undefined;
  if (name === "encoding")
    return "SQLite ignores PRAGMA encoding in a database that has tables, as seaworthy's. Create the file with it before the first --upgrade, and remove it here";
  const allowed = values.get(name);
  return allowed === undefined || allowed.includes(bare(value))
    ? undefined
    : `PRAGMA ${name} must be one of ${allowed.join(", ")}: SQLite ignores other values`;
}

const values: ReadonlyMap<string, readonly string[]> = new Map([
  ["page_size", ["512", "1024", "2048", "4096", "8192", "16384", "32768", "65536"]],
  ["auto_vacuum", ["0", "none", "1", "full", "2", "incremental"]],
  ["journal_mode", ["delete", "truncate", "persist", "memory", "wal", "off"]],
]);

/** Those of `PRAGMA pragma_list`. */
const pragmas: readonly string[] = `analysis_limit application_id auto_vacuum automatic_index busy_timeout cache_size
  cache_spill case_sensitive_like cell_size_check checkpoint_fullfsync collation_list compile_options count_changes
  data_version database_list default_cache_size defer_foreign_keys empty_result_callbacks encoding foreign_key_check
  foreign_key_list foreign_keys freelist_count full_column_names fullfsync function_list hard_heap_limit
  ignore_check_constraints incremental_vacuum index_info index_list index_xinfo integrity_check journal_mode
  journal_size_limit legacy_alter_table locking_mode max_page_count mmap_size module_list optimize page_count page_size
  pragma_list query_only quick_check read_uncommitted recursive_triggers reverse_unordered_selects schema_version
  secure_delete short_column_names shrink_memory soft_heap_limit synchronous table_info table_list table_xinfo temp_store
  temp_store_directory threads trusted_schema user_version wal_autocheckpoint wal_checkpoint writable_schema`.split(
  /\s+/,
);

/** The journal mode that a PRAGMA sets, in lower case. */
export function journalModeSetBy(sql: string): string | undefined {
  const { name, value } = readPragma(sql);
  return name === "journal_mode" && value !== undefined ? bare(value) : undefined;
}

/** `PRAGMA main.journal_mode = wal`, `PRAGMA journal_mode(wal)` */
function readPragma(sql: string): Pragma {
  const [, first = "", ...rest] = Array.from(sqliteTokens(sql), ({ index, end }) => sql.slice(index, end));
  const [name = "", sign, value] = rest[0] === "." ? rest.slice(1) : [first, ...rest];
  return { name: bare(name), value: sign === undefined ? undefined : (value ?? "") };
}

const bare = (text: string) => text.toLowerCase().replaceAll(/["'`[\]]/g, "");
