/** The package types its wrapper only; this is the wrapped module, which can be made anew when one was left in ruins. */
declare module "libpg-query/wasm/libpg-query.js" {
  /** Addresses are numbers; 0 is none. */
  export interface PgQueryModule {
    readonly _malloc: (bytes: number) => number;
    readonly _free: (address: number) => void;
    readonly lengthBytesUTF8: (text: string) => number;
    readonly stringToUTF8: (text: string, address: number, bytes: number) => void;
    readonly UTF8ToString: (address: number) => string;
    readonly getValue: (address: number, type: "i32") => number;
    /** Gives a `PgQueryParseResult`: tree, stderr, error; a pointer each. */
    readonly _wasm_parse_query_raw: (sql: number) => number;
    readonly _wasm_free_parse_result: (result: number) => void;
    /** Gives a text: JSON, or what is wrong. */
    readonly _wasm_parse_plpgsql: (sql: number) => number;
    readonly _wasm_free_string: (text: number) => void;
  }
  export default function createModule(options: {
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
  }): Promise<PgQueryModule>;
}
