import type { ParseResult } from "libpg-query";
import type { PgQueryModule } from "libpg-query/wasm/libpg-query.js";
import { ExitCode, Failure } from "../../kernel/failure.ts";

/** The parser of the Postgres server (version 18). */
export interface SqlParser {
  /** Throws a SqlSyntaxError. After any other error, do not use this parser again. */
  readonly parse: (sql: string) => ParseResult;
  /** Parses the bodies of functions and DO blocks. Throws the same errors. */
  readonly parsePlpgsql: (sql: string) => unknown;
}

export class SqlSyntaxError extends Error {
  override readonly name = "SqlSyntaxError";
  /** The position in the text, in characters, from 1. Undefined if Postgres does not report one. */
  readonly position: number | undefined;

  constructor(message: string, position?: number) {
    super(message);
    this.position = position;
  }
}

/**
 * Loads the parser: 1.7 MB of WebAssembly, from the file beside the code. Each call creates a new one, because a deeply
 * nested statement can overflow the stack and corrupt the parser's memory.
 */
export async function loadParser(): Promise<SqlParser> {
  const { default: createModule } = await import("libpg-query/wasm/libpg-query.js");
  // Its output is also in the errors that it throws.
  const module = await createModule({ print() {}, printErr() {} }).catch((cause: unknown) => {
    throw new Failure(
      ExitCode.configuration,
      "cannot check the migrations: the SQL parser, libpg-query.wasm, cannot be loaded. Copy it from the place where you got the program to the folder of the program's file.",
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
