import { hash } from "node:crypto";
import { StatementError, type Session } from "../../../kernel/database.ts";
import { serverErrorOf } from "../server-error.ts";
import type { Change, ChangedObject } from "./objects.ts";

/** A hash of an object's definition. Null if there is no such object. */
export type Fingerprint = string | null;

const missing: ReadonlySet<number> = new Set([1146, 1049, 1305, 1360, 1539, 4091]);

/** The definitions of the objects that a statement changes. */
export async function readFingerprints(
  session: Pick<Session, "query" | "literal">,
  { objects }: Change,
): Promise<readonly Fingerprint[]> {
  const found: Fingerprint[] = [];
  for (const object of objects) found.push(await readFingerprint(session, object));
  return found;
}

async function readFingerprint(
  session: Pick<Session, "query" | "literal">,
  object: ChangedObject,
): Promise<Fingerprint> {
  const ask = object.kind === "relation" ? `SHOW CREATE TABLE ${nameOf(object)}` : programSql(session, object);
  try {
    const [row] = await session.query(ask);
    if (row === undefined) return null;
    // The counter grows with every row that the app inserts.
    const text = Object.values(row)
      .join("\n")
      .replaceAll(/ AUTO_INCREMENT=\d+/g, "");
    return hash("sha256", text);
  } catch (error) {
    if (!(error instanceof StatementError) || error.sqlState === "55P03") throw error;
    const { number = 0 } = serverErrorOf(error);
    if (missing.has(number)) return null;
    // For example a view of a table that is gone.
    return `error ${number}`;
  }
}

/** The name as SQL. */
export function nameOf({ database, name }: Pick<ChangedObject, "database" | "name">): string {
  const quote = (part: string) => `\`${part.replaceAll("`", "``")}\``;
  return database === undefined ? quote(name) : `${quote(database)}.${quote(name)}`;
}

const catalogues = {
  procedure: { view: "ROUTINES", prefix: "ROUTINE", type: " AND ROUTINE_TYPE = 'PROCEDURE'" },
  function: { view: "ROUTINES", prefix: "ROUTINE", type: " AND ROUTINE_TYPE = 'FUNCTION'" },
  trigger: { view: "TRIGGERS", prefix: "TRIGGER", type: "" },
  event: { view: "EVENTS", prefix: "EVENT", type: "" },
} as const;

/** Events note their runs in the last column. */
function programSql({ literal }: Pick<Session, "literal">, { kind, database, name }: ChangedObject): string {
  if (kind === "relation") throw new Error("a relation has its own statement");
  const { view, prefix, type } = catalogues[kind];
  const columns =
    kind === "event"
      ? "EVENT_DEFINITION, EVENT_TYPE, EXECUTE_AT, INTERVAL_VALUE, INTERVAL_FIELD, STARTS, ENDS, STATUS, EVENT_COMMENT, CREATED, LAST_ALTERED"
      : "*";
  const schema = database === undefined ? "DATABASE()" : literal(database);
  return `SELECT ${columns} FROM information_schema.${view}
    WHERE ${prefix}_SCHEMA = ${schema} AND ${prefix}_NAME = ${literal(name)}${type}`;
}

export type Outcome = "done" | "not done" | "unknown";

/** Compares the definitions before the statement and now: the statement was interrupted, and its DDL is atomic. */
export function judge(change: Change, before: readonly Fingerprint[], now: readonly Fingerprint[]): Outcome {
  const isSame = change.objects.every((_, index) => before[index] === now[index]);
  // A statement that changed no definition had nothing to do, or rebuilt the table: it may run again.
  if (isSame) return "not done";
  const isAsWanted = change.objects.every(({ after }, index) =>
    after === "absent" ? now[index] === null : now[index] !== null && now[index] !== before[index],
  );
  if (isAsWanted) return "done";
  return change.isRepeatable ? "not done" : "unknown";
}
