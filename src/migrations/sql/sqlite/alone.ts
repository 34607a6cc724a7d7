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

/** Pragmas that SQLite refuses in a transaction. */
const withValue: ReadonlySet<string> = new Set(["journal_mode", "synchronous", "temp_store", "temp_store_directory"]);

/** The name of a PRAGMA that SQLite refuses in a transaction. */
export function lonelyPragma(statement: Statement): string | undefined {
  if (!isPragma(statement)) return undefined;
  const { name, value } = readPragma(statement.sql);
  return name === "wal_checkpoint" || (withValue.has(name) && value !== undefined) ? name : undefined;
}

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
