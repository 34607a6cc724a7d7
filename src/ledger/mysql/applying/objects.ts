import type { MysqlDialect } from "../../../migrations/sql/dialect.ts";
import { keywordAt } from "../../../migrations/sql/keyword.ts";
import { mysqlTokens } from "../../../migrations/sql/mysql/tokens.ts";

/** An object of the database that a statement changes. */
export interface ChangedObject {
  readonly kind: "relation" | "procedure" | "function" | "trigger" | "event";
  /** Undefined: the URL's. */
  readonly database: string | undefined;
  readonly name: string;
  /** What the statement leaves: the object in a new form, no object, or a table without rows. */
  readonly after: "changed" | "absent" | "empty";
}

export interface Change {
  readonly objects: readonly ChangedObject[];
  /** Whether the statement may run again if it was partly done. */
  readonly isRepeatable: boolean;
}

const relations = new Set(["TABLE", "TABLES", "VIEW", "SEQUENCE"]);
const programs = new Set(["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT"]);
/** An ALTER with one of these may change rows or files, and leave the definition as it was. */
const invisible = /\b(?:EXCHANGE|TRUNCATE|IMPORT|DISCARD|REBUILD)\b/;

/**
 * Reads which objects a statement changes, so that their definitions before and after tell whether it has run. Undefined if
 * they cannot tell, or if the statement is in a form that is not understood here.
 */
export function readChange(sql: string, dialect: MysqlDialect): Change | undefined {
  const reader = createReader(sql, dialect);
  const verb = reader.word();
  const isReplaced = reader.takes("OR") && reader.takes("REPLACE");
  switch (verb) {
    case "CREATE":
    case "DROP":
    case "ALTER":
      return readObject(verb, reader, isReplaced);
    case "RENAME":
      return readRename(reader);
    case "TRUNCATE": {
      reader.takes("TABLE");
      const name = reader.name();
      return name && { objects: [{ ...name, kind: "relation", after: "empty" }], isRepeatable: false };
    }
    case undefined:
    default:
      return undefined;
  }
}

type Reader = ReturnType<typeof createReader>;

function readObject(verb: string, reader: Reader, isReplaced: boolean): Change | undefined {
  const kind = reader.skipTo((word) => relations.has(word) || programs.has(word) || word === "INDEX");
  if (kind === undefined) return undefined;
  const isConditional = reader.takes("IF") && (reader.takes("NOT"), reader.takes("EXISTS"));
  const isRepeatable = isConditional || isReplaced;
  const after = verb === "DROP" ? "absent" : "changed";
  if (kind === "INDEX") {
    if (verb === "ALTER" || reader.skipTo((word) => word === "ON") === undefined) return undefined;
    const table = reader.name();
    return table && { objects: [{ ...table, kind: "relation", after: "changed" }], isRepeatable };
  }
  const type = relations.has(kind) ? "relation" : (kind.toLowerCase() as ChangedObject["kind"]);
  const names = [reader.name()];
  const takesMore = () => verb === "DROP" && reader.takes(",");
  while (takesMore()) names.push(reader.name());
  const objects: ChangedObject[] = [];
  for (const name of names) if (name !== undefined) objects.push({ ...name, kind: type, after });
  if (objects.length !== names.length) return undefined;
  return verb === "ALTER" ? readAlter(objects, type, reader) : { objects, isRepeatable };
}

/** ALTER TABLE a RENAME TO b: a is gone afterwards, and b is there. */
function readAlter(objects: readonly ChangedObject[], kind: ChangedObject["kind"], reader: Reader): Change | undefined {
  if (invisible.test(reader.restOfWords())) return undefined;
  const renamed = reader.renamedTo();
  if (renamed === "unreadable") return undefined;
  if (renamed === undefined) return { objects, isRepeatable: false };
  const old = objects.map((object) => ({ ...object, after: "absent" }) as const);
  return { objects: [...old, { ...renamed, kind, after: "changed" }], isRepeatable: false };
}

function readRename(reader: Reader): Change | undefined {
  const kind = reader.word();
  if (kind === undefined || !relations.has(kind)) return undefined;
  const objects: ChangedObject[] = [];
  do {
    reader.takes("IF");
    reader.takes("EXISTS");
    const from = reader.name();
    if (!reader.takes("TO")) return undefined;
    const to = reader.name();
    if (from === undefined || to === undefined) return undefined;
    objects.push({ ...from, kind: "relation", after: "absent" }, { ...to, kind: "relation", after: "changed" });
  } while (reader.takes(","));
  const names = new Set(objects.map(({ database, name }) => JSON.stringify([database, name])));
  // A name that occurs twice is swapped, and may look as before.
  return names.size === objects.length ? { objects, isRepeatable: false } : undefined;
}

interface Word {
  readonly text: string;
  readonly isQuoted: boolean;
}

function createReader(sql: string, dialect: MysqlDialect) {
  const tokens: readonly Word[] = Array.from(mysqlTokens(sql, dialect))
    .filter(({ kind }) => kind !== "mark")
    .map(({ kind, index, end }) => {
      const isName = kind === "quoted" && (sql[index] === "`" || (sql[index] === '"' && dialect.ansiQuotes));
      if (isName) return { text: unquote(sql.slice(index, end)), isQuoted: true };
      return { text: kind === "word" ? keywordAt(sql, index, end) : sql.slice(index, end), isQuoted: false };
    });
  const raw = Array.from(mysqlTokens(sql, dialect))
    .filter(({ kind }) => kind !== "mark")
    .map(({ index, end }) => sql.slice(index, end));
  let at = 0;
  const isWord = (token: Word | undefined) =>
    token !== undefined && (token.isQuoted || /^[\w$\u0080-\uFFFF]+$/.test(token.text));
  const part = (): string | undefined => {
    const token = tokens[at];
    if (token === undefined || !isWord(token)) return undefined;
    const text = token.isQuoted ? token.text : (raw[at] ?? "");
    at++;
    return text;
  };
  const reader = {
    word(): string | undefined {
      const token = tokens[at];
      if (token === undefined || token.isQuoted) return undefined;
      at++;
      return token.text;
    },
    takes(text: string): boolean {
      const token = tokens[at];
      if (token === undefined || token.isQuoted || token.text !== text) return false;
      at++;
      return true;
    },
    /** Skips to a word, and takes it. */
    skipTo(isMeant: (word: string) => boolean): string | undefined {
      for (; at < tokens.length; at++) {
        const token = tokens[at];
        if (token !== undefined && !token.isQuoted && isMeant(token.text)) return tokens[at++]?.text;
      }
      return undefined;
    },
    name(): { readonly database: string | undefined; readonly name: string } | undefined {
      const first = part();
      if (first === undefined) return undefined;
      if (!reader.takes(".")) return { database: undefined, name: first };
      const second = part();
      return second === undefined ? undefined : { database: first, name: second };
    },
    restOfWords: () =>
      tokens
        .slice(at)
        .map(({ text, isQuoted }) => (isQuoted ? "_" : text))
        .join(" "),
    /** The new name in `RENAME [TO | AS | =] name`, not in RENAME COLUMN, INDEX or KEY. */
    renamedTo() {
      let depth = 0;
      for (; at < tokens.length; at++) {
        const { text = "", isQuoted = false } = tokens[at] ?? {};
        if (text === "(" && !isQuoted) depth++;
        if (text === ")" && !isQuoted) depth--;
        // RENAME is a reserved word: a column of that name is in quotes.
        if (isQuoted || text !== "RENAME" || depth > 0) continue;
        at++;
        const next = tokens[at];
        if (next !== undefined && !next.isQuoted && ["COLUMN", "INDEX", "KEY"].includes(next.text)) continue;
        if (!reader.takes("TO") && !reader.takes("AS")) reader.takes("=");
        return reader.name() ?? ("unreadable" as const);
      }
      return undefined;
    },
  };
  return reader;
}

function unquote(text: string): string {
  const quote = text.charAt(0);
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}
