import type { Observation } from "../kernel/observation.ts";
import { parseVersion, type VersionScheme } from "../versions/parse.ts";
import type { VersionRange } from "../versions/range.ts";

/** What a version must be. */
export interface Requirement {
  readonly requires: VersionRange;
  readonly scheme: VersionScheme;
}

interface Subject {
  /** What has the version, as it stands in a sentence: "the server", "release of shop". */
  readonly name: string;
  /** What to do when it is too low. */
  readonly fix: string;
}

/** The verdict on a version that was found. */
export function judgeVersion(found: string, { requires, scheme }: Requirement, { name, fix }: Subject): Observation {
  const shown = found.length > 80 ? `${found.slice(0, 77)}…` : found;
  const versions = { needed: requires.text, found: shown };
  const version = parseVersion(found, scheme);
  if (version === undefined) {
    return {
      verdict: "unreadable",
      ...versions,
      reason: `${JSON.stringify(shown)}, found for ${name}, is not a version${scheme === "auto" ? "" : ` of the scheme ${scheme}`}`,
    };
  }
  switch (requires.standingOf(version)) {
    case "within":
      return { verdict: "compatible", ...versions };
    case "below":
      return {
        verdict: "behind",
        ...versions,
        reason: `${name} has version ${shown}, ${requires.text} is needed. ${fix}`,
      };
    case "above":
      return {
        verdict: "outgrown",
        ...versions,
        reason: `${name} has version ${shown}, and this app works only with ${requires.text}. Deploy a newer image.`,
      };
  }
}
