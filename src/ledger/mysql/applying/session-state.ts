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
  const { names, usesInsertId } = findUse(source, dialect);
  const variables = names.map((name) => `@\`${name.replaceAll("`", "``")}\``);
  return {
    async read() {
      if (names.length === 0 && !usesInsertId) return undefined;
      const [row] = await session.query(
        `SELECT CAST(JSON_ARRAY(LAST_INSERT_ID(), ${[...variables, "0"].join(", ")}) AS CHAR) AS state`,
      );
      // As text: the driver would parse JSON, and round long numbers.
      return JSON.stringify({ names, state: row?.["state"] });
    },
    async restore(recorded) {
      const { names: known, state } = JSON.parse(recorded) as {
        readonly names: readonly string[];
        readonly state: string;
      };
      const [insertId = "0", ...values] = readValues(state, session);
      await session.query(`SELECT LAST_INSERT_ID(${insertId}) AS id`);
      for (const [index, name] of known.entries())
        await session.execute(`SET @\`${name.replaceAll("`", "``")}\` = ${values[index] ?? "NULL"}`);
    },
  };
}

/** The values as SQL. Numbers keep all their digits. */
function readValues(state: string, { literal }: Pick<Session, "literal">): readonly string[] {
  const write = (_key: string, value: unknown, context?: { readonly source?: string }) => {
    if (Array.isArray(value)) return value as unknown;
    if (typeof value === "string") return literal(value);
    return typeof value === "number" ? (context?.source ?? String(value)) : "NULL";
  };
  return JSON.parse(state, write) as readonly string[];
}

function findUse(source: string, dialect: MysqlDialect) {
  const names = new Set<string>();
  let usesInsertId = false;
  let before = "";
  let previous = "";
  for (const { kind, index, end } of mysqlTokens(source, dialect)) {
    const text = source.slice(index, end);
    if (previous === "@" && before !== "@" && (kind === "word" || kind === "quoted"))
      names.add(text.replaceAll(/^[`'"]|[`'"]$/g, "").toLowerCase());
    if (kind === "word" && keywordAt(source, index, end) === "LAST_INSERT_ID") usesInsertId = true;
    [before, previous] = [previous, text];
  }
  return { names: [...names], usesInsertId };
}
