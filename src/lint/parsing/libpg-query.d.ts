/** The package only has types for its wrapper. seaworthy uses the wrapped module, to create a new one after a crash. */
declare module "libpg-query/wasm/libpg-query.js" {
  /** Addresses are numbers. 0 is null. */
  export interface PgQueryModule {
    readonly _malloc: (bytes: number) => number;
    readonly _free: (address: number) => void;
    readonly lengthBytesUTF8: (text: string) => number;
    readonly stringToUTF8: (text: string, address: number, bytes: number) => void;
    readonly UTF8ToString: (address: number) => string;
    readonly getValue: (address: number, type: "i32") => number;
    /** Returns a `PgQueryParseResult`: three pointers to tree, stderr and error. */
    readonly _wasm_parse_query_raw: (sql: number) => number;
    readonly _wasm_free_parse_result: (result: number) => void;
    /** Returns a string: JSON, or an error message. */
    readonly _wasm_parse_plpgsql: (sql: number) => number;
    readonly _wasm_free_string: (text: number) => void;
  }
  export default function createModule(options: {
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
  }): Promise<PgQueryModule>;
}
