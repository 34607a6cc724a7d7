/** A token of an SQL text. White space and comments are not tokens. */
export interface Token {
  /**
   * - `quoted`: a string, a quoted name or a dollar quote, with the letters before it (`E'…'`, `U&"…"`)
   * - `mark`: the start or the end of a comment that MySQL runs (`/*!50100`)
   * - `command`: a DELIMITER line of MySQL's client; `delimiter`: the delimiter that it has set
   */
  readonly kind: "word" | "semicolon" | "quoted" | "other" | "unclosed" | "mark" | "command" | "delimiter";
  /** UTF-16 indexes. */
  readonly index: number;
  readonly end: number;
}
