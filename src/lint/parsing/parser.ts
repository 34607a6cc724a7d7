import type { ParseResult } from "libpg-query";
import type { PgQueryModule } from "libpg-query/wasm/libpg-query.js";
import { ExitCode, Failure } from "../../kernel/failure.ts";

/** Postgres's own parser, as it is compiled into the server (version 18). */
export interface SqlParser {
  /** Throws a SqlSyntaxError; anything else that it throws means that this parser is not to be used again. */
  readonly parse: (sql: string) => ParseResult;
  /** The functions and DO blocks of a text, bodies parsed. Throws the same. */
  readonly parsePlpgsql: (sql: string) => unknown;
}

export class SqlSyntaxError extends Error {
  override readonly name = "SqlSyntaxError";
  /** Where in the text, in characters, the first being 1; undefined where Postgres does not say. */
  readonly position: number | undefined;

  constructor(message: string, position?: number) {
    super(message);
    this.position = position;
  }
}

/**
 * Loads the parser: 1.7 MB of WebAssembly, from the file beside the code. Each call makes a new one: after a statement
 * that is nested so deeply that it overflows the stack, the parser's memory is in no state to go on with.
 */
export async function loadParser(): Promise<SqlParser> {
  const { default: createModule } = await import("libpg-query/wasm/libpg-query.js");
  // What it would print is in what it throws.
  const module = await createModule({ print() {}, printErr() {} }).catch((cause: unknown) => {
    throw new Failure(
      ExitCode.configuration,
      "cannot check the migrations: the SQL parser, libpg-query.wasm, cannot be loaded. It belongs beside the program's own file: copy it there from where you copied the program.",
      { cause },
    );
  });
  return createParser(module);
}

function createParser(module: PgQueryModule): SqlParser {
  const { _malloc: allocate, _free: free, getValue, UTF8ToString: textAt } = module;
  const { _wasm_parse_query_raw: parseQuery, _wasm_free_parse_result: freeResult } = module;
  const { _wasm_parse_plpgsql: parsePlpgsql, _wasm_free_string: freeText } = module;
  const copyIn = (text: string) => {
    const bytes = module.lengthBytesUTF8(text) + 1;
    const address = allocate(bytes);
    if (address === 0) throw new RangeError(`no memory for ${bytes} bytes of SQL`);
    module.stringToUTF8(text, address, bytes);
    return address;
  };
  return {
    parse(sql) {
      const text = copyIn(sql);
      const result = parseQuery(text);
      const error = getValue(result + 8, "i32");
      const failure = error !== 0 && {
        message: textAt(getValue(error, "i32")),
        position: getValue(error + 16, "i32") || undefined,
      };
      const tree = failure ? "" : textAt(getValue(result, "i32"));
      free(text);
      freeResult(result);
      if (failure) throw new SqlSyntaxError(failure.message, failure.position);
      return JSON.parse(tree) as ParseResult;
    },
    parsePlpgsql(sql) {
      const text = copyIn(sql);
      const result = parsePlpgsql(text);
      const output = textAt(result);
      free(text);
      freeText(result);
      if (!output.startsWith("{")) throw new SqlSyntaxError(output);
      return JSON.parse(output) as unknown;
    },
  };
}
