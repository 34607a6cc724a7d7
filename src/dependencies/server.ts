import type { Observation } from "../kernel/observation.ts";
import { UnreachableError } from "../kernel/database.ts";
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
  try {
    const answer = await askVersion(url, signal);
    return judgeVersion(withoutCompatibilityPrefix(answer), requirement, {
      name: "the server",
      fix: "Upgrade the server first.",
    });
  } catch (error) {
    if (error instanceof UnreachableError)
      return { verdict: "unreachable", needed: requirement.requires.text, reason: error.message };
    throw error;
  }
}

/** MariaDB answers 5.5.5-10.11.6-MariaDB: the first part is for replicas of old that would refuse a 10. */
export function withoutCompatibilityPrefix(version: string): string {
  return /mariadb/i.test(version) ? version.replace(/^5\.5\.5-(?=\d)/, "") : version;
}
