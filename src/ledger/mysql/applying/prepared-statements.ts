import { ExitCode, Failure } from "../../../kernel/failure.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";
import { placeOf } from "../../../migrations/sql/place.ts";

/** `PREPARE s FROM @sql`, `PREPARE s FROM 'DO 1'`: the name, and the variable. */
const preparation = /^PREPARE\s+(\S+)\s+FROM\s+(?:@(\S+))?/i;
const end = /^(?:DEALLOCATE|DROP)\s+PREPARE\s+(\S+)/i;

/**
 * The PREPARE statements that a resumed migration needs: those before its place that were not deallocated. Throws a Failure
 * (1) if one was made from a variable that has changed since.
 */
export function stillPrepared(before: readonly Statement[], script: MigrationScript): readonly Statement[] {
  const alive = new Map<string, Statement>();
  for (const statement of before) {
    const { sql } = statement;
    const ended = end.exec(sql)?.[1];
    if (ended !== undefined) alive.delete(nameOf(ended));
    const [, name, variable] = preparation.exec(sql) ?? [];
    // A PREPARE of the same name replaces the one before.
    if (name !== undefined) alive.set(nameOf(name), statement);
    if (variable !== undefined) continue;
    for (const one of alive.values()) if (setsSourceOf(one, statement)) refuseChanged(one, script);
  }
  return [...alive.values()];
}

const nameOf = (written: string) => written.replaceAll("`", "").toLowerCase();

function setsSourceOf({ sql }: Statement, { sql: later, words: [first] }: Statement): boolean {
  const variable = preparation.exec(sql)?.[2];
  if (variable === undefined || !["SET", "SELECT"].includes(first ?? "")) return false;
  return later.toLowerCase().includes(`@${variable.toLowerCase()}`);
}

function refuseChanged({ index }: Statement, { name, path, source }: MigrationScript): never {
  const { line, column } = placeOf(source, index);
  throw new Failure(
    ExitCode.failed,
    `${path}:${line}:${column}: the migration ${name} was interrupted, and the variable from which this statement was prepared has changed since. Write DEALLOCATE PREPARE directly after its last EXECUTE, or write a new migration with what is left to do.`,
  );
}
