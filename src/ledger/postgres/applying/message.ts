import type { FailedAt } from "../../applying/migration-failure.ts";
import { indexOfCharacter } from "../../../migrations/sql/place.ts";
import { postgresStatements } from "../../../migrations/sql/postgres/statements.ts";

/** A part of a message: from the migration's file, or added by seaworthy. */
export interface MessagePart {
  readonly sql: string;
  /** Its position in the file, as a UTF-16 index. Undefined if seaworthy added it. */
  readonly index?: number;
}

export const textOf = (parts: readonly MessagePart[]) => parts.map(({ sql }) => sql).join("");

/** @param position as Postgres counts: characters from 1 */
export function findPosition(parts: readonly MessagePart[], position: number): FailedAt {
  let left = position;
  let fileEnd: number | undefined;
  for (const { sql, index } of parts) {
    const length = [...sql].length;
    if (left <= length) {
      // If the end of the file is incomplete, Postgres reports the error in the part after it. Then name the file's end.
      return index === undefined ? fileEnd : index + indexOfCharacter(sql, left);
    }
    left -= length;
    if (index !== undefined) fileEnd = index + sql.length;
  }
  return fileEnd;
}

/** @param done how many statements of the message succeeded before the failure */
export function findStatement(parts: readonly MessagePart[], done: number): FailedAt {
  let left = done;
  for (const { sql, index } of parts) {
    for (const statement of postgresStatements(sql)) {
      if (left-- > 0) continue;
      if (index !== undefined) return index + statement.index;
      return statement.words[0] === "COMMIT" ? "commit" : undefined;
    }
  }
  return undefined;
}
