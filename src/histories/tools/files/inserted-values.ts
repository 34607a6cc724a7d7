interface Wanted {
  /** Matches the table's name, without its schema. */
  readonly table: RegExp;
  readonly column: string;
}

const statement =
  /\b(?:INSERT\s+INTO|COPY)\s+(?:[`"]?\w+[`"]?\.)?[`"]?(\w+)[`"]?\s*(?:\(([^()]*)\))?\s*(VALUES|FROM\s+stdin;\r?\n)/gi;

/**
 * The values of a column in the INSERT and COPY statements of a dump, as mysqldump, pg_dump and sqlite3 write them. If a
 * statement does not name its columns, text is taken to be the name and a lone value the version.
 */
export function insertedValues(dump: string, { table, column }: Wanted): readonly string[] {
  const values: string[] = [];
  for (const match of dump.matchAll(statement)) {
    const [text, name = "", columns, kind = ""] = match;
    if (!table.test(name)) continue;
    const names = columns?.split(",").map((one) => one.replaceAll(/[`"\s]/g, "").toLowerCase());
    const start = match.index + text.length;
    const rows = kind.toUpperCase() === "VALUES" ? tuplesFrom(dump, start) : linesFrom(dump, start);
    const at = names?.indexOf(column);
    if (at === -1) continue;
    for (const row of rows) values.push(row[at ?? (row.length > 1 && column === "migration" ? 1 : 0)] ?? "");
  }
  return values.filter((value) => value !== "");
}

/** `(1, 'a'), (2, 'b');` */
function tuplesFrom(dump: string, start: number): readonly (readonly string[])[] {
  const token = /\s*(?:'((?:[^'\\]|''|\\.)*)'|([(),;])|([^\s(),;']+))/sy;
  token.lastIndex = start;
  const rows: string[][] = [];
  for (;;) {
    const match = token.exec(dump);
    if (match === null) return rows;
    const [, text, mark, word] = match;
    if (mark === ";") return rows;
    if (mark === "(") rows.push([]);
    const value = text?.replaceAll("''", "'").replaceAll(/\\(.)/gs, "$1") ?? word;
    if (value !== undefined) rows.at(-1)?.push(value);
  }
}

/** Lines with tabs, up to `\.` */
function linesFrom(dump: string, start: number): readonly (readonly string[])[] {
  const end = dump.indexOf("\n\\.", start - 1);
  const body = end === -1 ? "" : dump.slice(start, end);
  return body
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
}
