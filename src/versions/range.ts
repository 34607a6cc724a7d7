import type semver from "semver";
import { compareVersions } from "./compare.ts";
import { isOf, parseVersion, type VersionScheme } from "./parse.ts";
import type { Version } from "./version.ts";

/** How a version stands to a range: below it, in it, or above it. */
export type Standing = "below" | "within" | "above";

export interface VersionRange {
  readonly text: string;
  readonly standingOf: (version: Version) => Standing;
}

interface Comparator {
  readonly operator: ">=" | ">" | "<=" | "<" | "=";
  readonly version: Version;
}

/**
 * Reads comparators joined by spaces (`>=2.1 <3`, `>=20240115`), which work on versions of any form, and whatever else
 * npm's semver knows (`^2.1.0`, `1.x || >=3`). As there, a version of one or two numbers stands for all that begin with
 * them: `2.1` is every 2.1.x. Returns undefined for anything else, and for bounds that no version of the scheme reaches.
 */
export async function parseRange(text: string, scheme: VersionScheme = "auto"): Promise<VersionRange | undefined> {
  const comparators = parseComparators(text);
  if (comparators !== undefined) {
    // The bounds of semver may be shorter than its versions.
    const fits = scheme === "semver" || comparators.every(({ version }) => isOf(scheme, version));
    return fits ? { text, standingOf: (version) => standing(version, comparators) } : undefined;
  }
  // npm's semver takes an empty range for every version.
  if (scheme === "integer" || text.trim() === "") return undefined;
  // Most ranges are one comparator: the library is loaded for the others.
  const { default: library } = await import("semver");
  const range = library.validRange(text, { includePrerelease: true });
  return range === null ? undefined : { text, standingOf: (version) => semverStanding(library, version, range) };
}

function parseComparators(text: string): readonly Comparator[] | undefined {
  const parts = [...text.trim().matchAll(/(>=|<=|>|<|=|==)?\s*([^\s<>=]+)\s*/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text.trim()) return undefined;
  const comparators = parts.map(([, operator, version]) => {
    const parsed = parseVersion(version ?? "");
    return parsed && { operator: (operator ?? "=").replace("==", "=") as Comparator["operator"], version: parsed };
  });
  return comparators.every((comparator) => comparator !== undefined) ? comparators : undefined;
}

function standing(version: Version, comparators: readonly Comparator[]): Standing {
  for (const { operator, version: bound } of comparators) {
    const order = operator === "=" ? comparePrefix(version, bound) : compareVersions(version, bound);
    if (operator.startsWith(">") && (order < 0 || (order === 0 && operator === ">"))) return "below";
    if (operator.startsWith("<") && (order > 0 || (order === 0 && operator === "<"))) return "above";
    if (operator === "=" && order !== 0) return order < 0 ? "below" : "above";
  }
  return "within";
}

/** As compareVersions, but by as many numbers as the bound has where it has fewer than three. */
function comparePrefix(version: Version, bound: Version): number {
  const isPrefix = bound.numbers.length < 3 && bound.prerelease.length === 0;
  if (!isPrefix) return compareVersions(version, bound);
  return compareVersions(
    { ...version, numbers: version.numbers.slice(0, bound.numbers.length), prerelease: [], commits: bound.commits },
    bound,
  );
}

/** semver wants three numbers; a prerelease of an allowed version is as good as the version. */
function semverStanding(library: typeof semver, version: Version, range: string): Standing {
  // Its numbers end at 2⁵³: a timestamp beyond is higher than whatever a range can say.
  if (version.numbers.some((number) => number > Number.MAX_SAFE_INTEGER)) return "above";
  const exact = version.numbers.concat(0n, 0n).slice(0, 3).join(".");
  const suffix = version.prerelease.length > 0 ? `-${version.prerelease.join(".")}` : "";
  const options = { loose: true, includePrerelease: true };
  if (library.satisfies(exact + suffix, range, options)) return "within";
  return library.gtr(exact + suffix, range, options) ? "above" : "below";
}
