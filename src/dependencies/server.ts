import { StatementError, UnreachableError } from "../kernel/database.ts";
import type { Observation } from "../kernel/observation.ts";
import { parseServerVersion } from "../versions/parse.ts";
import { judgeVersion, type Requirement } from "./judge.ts";

export interface ServerDependency extends Requirement {
  readonly url: string;
  /** Asks the server for its own version, by the scheme of its URL. Rejects with an UnreachableError. */
  readonly askVersion: (url: string, signal: AbortSignal) => Promise<string>;
}

/** The version of a database or cache itself. */
export async function lookAtServer(
  { url, askVersion, ...requirement }: ServerDependency,
  signal: AbortSignal,
): Promise<Observation> {
  const needed = requirement.requires.text;
  try {
    const answer = await askVersion(url, signal);
    return judgeVersion(answer, requirement, {
      name: "the server",
      fix: "Upgrade the server first.",
      parse: parseServerVersion,
    });
  } catch (error) {
    if (error instanceof UnreachableError) return { verdict: "unreachable", needed, reason: error.message };
    if (error instanceof StatementError)
      return { verdict: "unreadable", needed, reason: `the server does not tell its version: ${error.message}` };
    throw error;
  }
}
