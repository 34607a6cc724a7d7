export interface Statement {
  /** Without its semicolon. */
  readonly sql: string;
  /** Its start in the file, as a UTF-16 index. */
  readonly index: number;
  /** Its leading keywords and names in upper case, four at most. */
  readonly words: readonly string[];
}
