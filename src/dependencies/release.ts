import type { Session } from "../kernel/database.ts";
import type { Observation } from "../kernel/observation.ts";
import { parseVersion } from "../versions/parse.ts";
import type { VersionRange } from "../versions/range.ts";
import { lookAtDatabase, type OpenSession } from "./look.ts";

export interface ReleaseDependency {
  readonly url: string;
  readonly app: string;
  readonly requires: VersionRange;
  readonly releases: { readonly current: (session: Session, app: string) => Promise<string | undefined> };
}

/** Compatible when the version that the last successful upgrade recorded is in the range. */
export function lookAtRelease(
  open: OpenSession,
  { url, app, requires, releases }: ReleaseDependency,
): Promise<Observation> {
  return lookAtDatabase(open, url, async (session) => observe(await releases.current(session, app), app, requires));
}

function observe(found: string | undefined, app: string, requires: VersionRange): Observation {
  const needed = requires.text;
  const upgrade = `Run ${app}'s image of that version once with --upgrade.`;
  if (found === undefined) {
    return {
      verdict: "behind",
      needed,
      found: "nothing",
      reason: `no release of ${app} is recorded, ${needed} is needed. ${upgrade}`,
    };
  }
  const version = parseVersion(found);
  if (version === undefined) {
    return {
      verdict: "unreadable",
      needed,
      found,
      reason: `the recorded release ${JSON.stringify(found)} of ${app} is not a version`,
    };
  }
  switch (requires.standingOf(version)) {
    case "within":
      return { verdict: "compatible", needed, found };
    case "below":
      return {
        verdict: "behind",
        needed,
        found,
        reason: `release ${found} of ${app} is recorded, ${needed} is needed. ${upgrade}`,
      };
    case "above":
      return {
        verdict: "outgrown",
        needed,
        found,
        reason: `release ${found} of ${app} is recorded, and this app works only with ${needed}. Deploy a newer image.`,
      };
  }
}
