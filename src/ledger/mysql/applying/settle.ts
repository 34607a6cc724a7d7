import type { Session } from "../../../kernel/database.ts";
import { ExitCode, Failure } from "../../../kernel/failure.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import { excerptAt } from "../../../migrations/sql/excerpt.ts";
import { placeOf } from "../../../migrations/sql/place.ts";
import type { Statement } from "../../../migrations/sql/statement.ts";
import type { Records } from "../tables/records.ts";
import { judge, nameOf, readFingerprints, type Outcome } from "./definitions.ts";
import type { StatementKind } from "./kinds.ts";
import type { UnsettledStep } from "./unsettled.ts";

export interface SettleOptions {
  readonly script: MigrationScript;
  readonly session: Session;
  readonly records: Records;
}

/** The statement of the file at the place of the unsettled one. */
interface Candidate {
  readonly statement: Statement;
  readonly kind: StatementKind;
  readonly hash: string;
}

/**
 * Finds out whether a statement that was running when an earlier upgrade ended has run. Throws a Failure (1) if that cannot
 * be told, with what to look at.
 */
export async function settle(
  step: UnsettledStep,
  candidate: Candidate | undefined,
  options: SettleOptions,
): Promise<"done" | "not done"> {
  const found = await findOutcome(step, candidate, options.session);
  if (found.outcome === "not done") return "not done";
  if (found.outcome === "done" && candidate?.hash === step.hash) return "done";
  throw cannotTell(step, candidate, found, options);
}

interface Found {
  readonly outcome: Outcome;
  readonly look: string;
}

async function findOutcome(
  { state, before, hash }: UnsettledStep,
  candidate: Candidate | undefined,
  session: Session,
): Promise<Found> {
  if (candidate === undefined || candidate.hash !== hash) {
    // An edited statement is new only if the old one has left nothing behind. Its objects are known from the old text alone.
    const isUntouched = state === "running" && before === undefined;
    return { outcome: isUntouched ? "not done" : "unknown", look: "Its text was changed since" };
  }
  const { kind } = candidate;
  if (kind.kind === "definition" && before !== undefined) {
    const { change } = kind;
    const names = change.objects.map(nameOf).join(", ");
    const [object] = change.objects;
    if (object?.after === "empty") {
      const rows = await session.query(`SELECT 1 FROM ${nameOf(object)} LIMIT 1`);
      const look = `${names} has rows: they may be its old ones, or new ones of the app`;
      return { outcome: rows.length === 0 ? "done" : "unknown", look };
    }
    const outcome = judge(change, before, await readFingerprints(session, change));
    return { outcome, look: `Look at the definitions of ${names}: a part of the statement was done` };
  }
  if (kind.kind === "repeatable" || state === "running") return { outcome: "not done", look: "" };
  return { outcome: "unknown", look: "It commits by itself, and has committed something. Look at what it changes" };
}

function cannotTell(
  { position }: UnsettledStep,
  candidate: Candidate | undefined,
  { look }: Found,
  { script: { name, path, source, language }, records }: SettleOptions,
): Failure {
  const place =
    candidate === undefined || language === "module" ? undefined : placeOf(source, candidate.statement.index);
  const where = place === undefined ? path : `${path}:${place.line}:${place.column}`;
  const { done, notDone } = records.settleSql(name, position);
  return new Failure(
    ExitCode.failed,
    `${where}: an earlier upgrade ended while statement ${position + 1} of the migration ${name} was running, and whether the statement was done cannot be told. ${look}.`,
    {
      details: [
        ...(place === undefined ? [] : excerptAt(source, place)),
        `If it was done, record that, and run --upgrade again: ${done}`,
        `If it was not done, or if you have undone it: ${notDone}`,
        "nothing was changed",
      ],
    },
  );
}
