import type { Row } from "../../../kernel/database.ts";
import type { Step } from "../tables/records.ts";
import type { Fingerprint } from "./definitions.ts";

/** A statement that an interrupted run has not recorded as done. */
export interface UnsettledStep {
  readonly position: number;
  readonly hash: string;
  readonly state: Exclude<Step["state"], "done">;
  /** The definitions before it. Undefined if they do not tell. */
  readonly before: readonly Fingerprint[] | undefined;
  /** The session's variables before it, in JSON. */
  readonly variables: string | undefined;
}

export function readUnsettled(rows: readonly Row[]): UnsettledStep | undefined {
  const [row] = rows;
  if (row === undefined) return undefined;
  const { objects, variables } = row;
  return {
    position: Number(row["position"]),
    hash: String(row["hash"]),
    state: row["state"] === "entered" ? "entered" : "running",
    before: typeof objects === "string" ? (JSON.parse(objects) as readonly Fingerprint[]) : undefined,
    variables: typeof variables === "string" ? variables : undefined,
  };
}
