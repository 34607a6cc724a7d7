/** A place in a text. Both numbers count from 1; the column counts characters. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The line and column of a UTF-16 index. */
export function placeOf(text: string, index: number): Place {
  const before = text.slice(0, index);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(lineStart)].length + 1 };
}

/** The UTF-16 index of a position from Postgres, which counts code points from 1. */
export function indexOfCharacter(text: string, position: number): number {
  let index = 0;
  for (let character = 1; character < position && index < text.length; character++) {
    index += (text.codePointAt(index) ?? 0) > 0xff_ff ? 2 : 1;
  }
  return index;
}
