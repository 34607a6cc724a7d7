import type { Session } from "../../../kernel/database.ts";
import type { MysqlDialect } from "../../../migrations/sql/dialect.ts";
import { keywordAt } from "../../../migrations/sql/keyword.ts";
import { mysqlTokens } from "../../../migrations/sql/mysql/tokens.ts";

/** The state of a session that the statements of a file hand on to each other, and that ends with the session. */
export interface SessionState {
  /** The state in JSON, to be recorded with a statement. Undefined if the file uses none. */
  readonly read: () => Promise<string | undefined>;
  readonly restore: (recorded: string) => Promise<void>;
}

/** User variables (`@id`), and LAST_INSERT_ID(). */
export function sessionStateOf(
  session: Pick<Session, "query" | "execute" | "literal">,
  source: string,
  dialect: MysqlDialect,
): SessionState {
  const use = findUse(source, dialect);
  return {
    async read() {
      const names = use.calls ? await allNames(session, use.names) : use.names;
      if (names.length === 0 && !use.usesInsertId) return undefined;
      // As ASCII: JSON cannot hold every byte, and the driver would round long numbers.
      const parts = names
        .map(quoteVariable)
        .flatMap((name) => [`HEX(${name})`, `HEX(CAST(${name} AS BINARY))`, `CHARSET(${name})`, `COLLATION(${name})`]);
      const [row] = await session.query(
        `SELECT CAST(LAST_INSERT_ID() AS CHAR) AS id, CAST(JSON_ARRAY(${parts.join(", ")}) AS CHAR) AS parts`,
      );
      return JSON.stringify({ names, insertId: row?.["id"], parts: row?.["parts"] });
    },
    async restore(recorded) {
      const { names, insertId, parts: text } = JSON.parse(recorded) as Recorded;
      const parts = JSON.parse(text) as readonly (string | null)[];
      await session.query(`SELECT LAST_INSERT_ID(${insertId}) AS id`);
      for (const [index, name] of names.entries())
        await session.execute(`SET ${quoteVariable(name)} = ${valueOf(parts.slice(4 * index))}`);
    },
  };
}

interface Recorded {
  readonly names: readonly string[];
  readonly insertId: string;
  /** For each variable: its value in hexadecimal, the bytes of its text, its character set and its collation. */
  readonly parts: string;
}

/** The value as SQL. HEX() reads a number as a number, so for a number it differs from the bytes of its text. */
function valueOf([hex, bytes, charset, collation]: readonly (string | null)[]): string {
  if (typeof bytes !== "string") return "NULL";
  const isNumber = hex !== bytes && charset === "binary";
  if (isNumber) return Buffer.from(bytes, "hex").toString("latin1");
  return `_${charset} ${bytes === "" ? "" : "X"}'${bytes}' COLLATE \`${collation}\``;
}

const quoteVariable = (name: string) => `@\`${name.replaceAll("`", "``")}\``;

/** A stored procedure can set variables that the file does not name. The server lists them, where it has such a list. */
async function allNames(session: Pick<Session, "query">, known: readonly string[]): Promise<readonly string[]> {
  for (const sql of [
    "SELECT VARIABLE_NAME AS name FROM information_schema.USER_VARIABLES",
    "SELECT VARIABLE_NAME AS name FROM performance_schema.user_variables_by_thread WHERE THREAD_ID = PS_CURRENT_THREAD_ID()",
  ]) {
    const rows = await session.query(sql).catch(() => undefined);
    if (rows === undefined) continue;
    const names = rows.map(({ name }) => String(name).toLowerCase());
    return [...new Set([...known, ...names.filter((name) => !name.startsWith("seaworthy_"))])];
  }
  return known;
}

function findUse(source: string, dialect: MysqlDialect) {
  const names = new Set<string>();
  let usesInsertId = false;
  let calls = false;
  let before = "";
  let previous = "";
  for (const { kind, index, end } of mysqlTokens(source, dialect)) {
    const text = source.slice(index, end);
    if (previous === "@" && before !== "@" && (kind === "word" || kind === "quoted"))
      names.add(text.replaceAll(/^[`'"]|[`'"]$/g, "").toLowerCase());
    if (kind === "word" && keywordAt(source, index, end) === "LAST_INSERT_ID") usesInsertId = true;
    if (kind === "word" && keywordAt(source, index, end) === "CALL") calls = true;
    [before, previous] = [previous, text];
  }
  return { names: [...names], usesInsertId, calls };
}
