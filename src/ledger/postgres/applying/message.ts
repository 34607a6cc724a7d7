import { indexOfCharacter, readStatements } from "../../../migrations/sql/statements.ts";

/** A part of a message: of the migration's file, or put there by us. */
export interface MessagePart {
  readonly sql: string;
  /** Where it stands in the file, as a UTF-16 index. Undefined: it is ours. */
  readonly index?: number;
}

export const textOf = (parts: readonly MessagePart[]) => parts.map(({ sql }) => sql).join("");

/** Where a message failed: at an index of the file, at our COMMIT, or at something else of ours. */
export type FailedAt = number | "commit" | undefined;

/** @param position as Postgres counts: characters from 1 */
export function findPosition(parts: readonly MessagePart[], position: number): FailedAt {
  let left = position;
  let fileEnd: number | undefined;
  for (const { sql, index } of parts) {
    const length = [...sql].length;
    if (left <= length) {
      // What is missing at the end of a file is missed by Postgres in what we put behind it: then the place is the end.
      return index === undefined ? fileEnd : index + indexOfCharacter(sql, left);
    }
    left -= length;
    if (index !== undefined) fileEnd = index + sql.length;
  }
  return fileEnd;
}

/** @param done how many statements of the message were done before the one that failed */
export function findStatement(parts: readonly MessagePart[], done: number): FailedAt {
  let left = done;
  for (const { sql, index } of parts) {
    for (const statement of readStatements(sql)) {
      if (left-- > 0) continue;
      if (index !== undefined) return index + statement.index;
      return statement.words[0] === "COMMIT" ? "commit" : undefined;
    }
  }
  return undefined;
}
