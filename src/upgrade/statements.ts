/** A place in a text, both counted from 1, the column in characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface TransactionControl extends Place {
  readonly word: string;
}

/**
 * Finds a statement that would end the transaction in which a migration is recorded. Only what stands outside of
 * strings, quoted names, dollar quotes, comments and BEGIN ATOMIC bodies is a statement.
 */
export function findTransactionControl(sql: string): TransactionControl | undefined {
  let statement: string[] = [];
  // Inside BEGIN ATOMIC … END a semicolon ends no statement; CASE … END nests in it.
  let depth = 0;
  for (const { 0: token, index } of sql.matchAll(tokens)) {
    if (token === ";") {
      if (depth === 0) statement = [];
      continue;
    }
    if (!/^[A-Za-z_]/.test(token) || token.endsWith("'")) continue;
    const word = token.toUpperCase();
    statement.push(word);
    if (depth > 0 && word === "CASE") depth++;
    else if (depth > 0 && word === "END") depth--;
    else if (word === "ATOMIC" && statement.at(-2) === "BEGIN" && statement[0] === "CREATE") depth++;
    if (depth === 0 && endsTransaction(statement, sql.slice(index + token.length)))
      return { word, ...placeOf(sql, index) };
  }
  return undefined;
}

/** Comments, strings, quoted names and dollar quotes as one token each; then words, semicolons, and anything else. */
const tokens =
  /--[^\n]*|\/\*(?:[^*/]|\*(?!\/)|\/(?!\*)|\/\*(?:[^*]|\*(?!\/))*\*\/)*\*\/|[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)?\$[^]*?\$\1\$|[A-Za-z_][\w$]*|;|\d[\w.]*|[^\s]/g;

function endsTransaction(statement: readonly string[], rest: string): boolean {
  const [first, second] = statement;
  if (statement.length === 1) {
    // BEGIN opens a block here and not in a function's body, which is quoted.
    if (first === "ROLLBACK") return !/^\s+(WORK\s+|TRANSACTION\s+)?TO\b/i.test(rest);
    return first === "BEGIN" || first === "COMMIT" || first === "END" || first === "ABORT";
  }
  return statement.length === 2 && second === "TRANSACTION" && (first === "START" || first === "PREPARE");
}

/** Where the UTF-16 index stands in the text. */
export function placeOf(text: string, index: number): Place {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}

/** The UTF-16 index of a character that Postgres counted: it counts code points, from 1. */
export function indexOfCharacter(text: string, position: number): number {
  let index = 0;
  for (let character = 1; character < position && index < text.length; character++) {
    index += (text.codePointAt(index) ?? 0) > 0xff_ff ? 2 : 1;
  }
  return index;
}
