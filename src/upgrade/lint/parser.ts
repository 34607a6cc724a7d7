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
  return {
    parse: (sql) => parse(module, sql),
    parsePlpgsql: (sql) => parsePlpgsql(module, sql),
  };
}

function parse(module: PgQueryModule, sql: string): ParseResult {
  const text = copyIn(module, sql);
  const result = module._wasm_parse_query_raw(text);
  const error = module.getValue(result + 8, "i32");
  const failure =
    error === 0
      ? undefined
      : new SqlSyntaxError(
          module.UTF8ToString(module.getValue(error, "i32")),
          module.getValue(error + 16, "i32") || undefined,
        );
  const tree = failure === undefined ? module.UTF8ToString(module.getValue(result, "i32")) : "";
  module._free(text);
  module._wasm_free_parse_result(result);
  if (failure !== undefined) throw failure;
  return JSON.parse(tree) as ParseResult;
}

function parsePlpgsql(module: PgQueryModule, sql: string): unknown {
  const text = copyIn(module, sql);
  const result = module._wasm_parse_plpgsql(text);
  const output = module.UTF8ToString(result);
  module._free(text);
  module._wasm_free_string(result);
  if (!output.startsWith("{")) throw new SqlSyntaxError(output);
  return JSON.parse(output) as unknown;
}

function copyIn(module: PgQueryModule, text: string): number {
  const bytes = module.lengthBytesUTF8(text) + 1;
  const address = module._malloc(bytes);
  if (address === 0) throw new RangeError(`no memory for ${bytes} bytes of SQL`);
  module.stringToUTF8(text, address, bytes);
  return address;
}
