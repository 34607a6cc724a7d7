import type { Session } from "../../../kernel/database.ts";
import { Failure } from "../../../kernel/failure.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";
import type { Records } from "../tables/records.ts";
import { readFingerprints } from "./definitions.ts";
import type { StatementKind } from "./kinds.ts";

/** A statement that commits, and that the server has refused. It is recorded as running. */
export interface RefusedStep {
  readonly statement: Statement;
  readonly kind: StatementKind;
  readonly position: number;
  readonly hash: string;
  /** The definitions before it, in JSON. */
  readonly noted: string | undefined;
}

export interface RefusalOptions {
  readonly name: string;
  readonly session: Session;
  readonly records: Records;
}

/**
 * Notes what is left of a refused statement: the next run must not take it for done, and its text may be corrected until then.
 * Not in a transaction. Returns whether it runs other statements, of which some are done and committed.
 */
export async function noteRefusal(step: RefusedStep, { name, session, records }: RefusalOptions): Promise<boolean> {
  const { kind, statement, position, hash, noted } = step;
  try {
    if (kind.kind === "other" && hasInner(statement) && (await hasCommitted())) return true;
    const now = kind.kind === "definition" ? JSON.stringify(await readFingerprints(session, kind.change)) : undefined;
    const running = { position, hash, state: "running", objects: now } as const;
    await session.execute(now === noted ? records.forgetStepSql(name, position) : records.stepSql(name, [running]));
  } catch {
    // The record stays, and the next run judges by it.
  }
  return false;

  async function hasCommitted(): Promise<boolean> {
    const [row] = await session.query(records.unsettledSql(name));
    return row?.["state"] === "entered";
  }
}

/** Whether the statement commits: it is recorded before it runs. */
export const isRecordedBefore = ({ kind }: StatementKind) =>
  kind === "definition" || kind === "repeatable" || kind === "other";

/** Whether the statement runs others, of which some may be done when one fails. */
function hasInner({ words: [first = ""] }: Statement): boolean {
  return !["CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "INSTALL", "UNINSTALL"].includes(first);
}

/** Without the cause, it is not tried again: a part of it is done. */
export function halfDone({ exitCode, message, details, fields }: Failure): Failure {
  const note = "the statement runs others, and some of them are done and committed";
  return new Failure(exitCode, message, { details: [...details, note], fields });
}
