import type semver from "semver";
import { compareVersions } from "./compare.ts";
import { isOf, parseBound, parseRelease, parseVersion, type VersionScheme } from "./parse.ts";
import { readProduct, type Product } from "./product.ts";
import type { Version } from "./version.ts";

/** How a version stands to a range: below it, in it, or above it. */
export type Standing = "below" | "within" | "above";

export interface VersionRange {
  readonly text: string;
  /** Which product it is a version of, where the range says so: `mysql >=8`. */
  readonly product?: Product;
  readonly standingOf: (version: Version) => Standing;
}

interface Comparator {
  readonly operator: ">=" | ">" | "<=" | "<" | "=";
  readonly version: Version;
}

/**
 * Reads comparators joined by spaces (`>=2.1 <3`, `>=20240115`), which work on versions of any form, and whatever else
 * npm's semver knows (`^2.1.0`, `1.x || >=3`). As there, a version of one or two numbers stands for all that begin with
 * them: `2.1` is every 2.1.x. A product may come first: `mysql >=8`. Returns undefined for anything else, for bounds that
 * no version of the scheme reaches, and for those that end in what says nothing of the order (`>=7.0.14-8`). The app's own
 * versions are read as semver says, see parseRelease.
 */
export async function parseRange(
  text: string,
  scheme: VersionScheme = "auto",
  of: "product" | "app" = "product",
): Promise<VersionRange | undefined> {
  const { product, rest } = of === "app" ? { rest: text } : readProduct(text);
  const parse = of === "app" ? parseRelease : parseVersion;
  const range = (standingOf: VersionRange["standingOf"]) => ({ text, ...(product && { product }), standingOf });
  if (of === "product" && scheme !== "semver" && meaninglessSuffix(rest) !== undefined) return undefined;
  const comparators = parseComparators(rest, (bound) => parse(bound));
  if (comparators !== undefined) {
    // The bounds of semver may be shorter than its versions.
    const fits = scheme === "semver" || comparators.every(({ version }) => isOf(scheme, version));
    return fits ? range((version) => standing(version, comparators)) : undefined;
  }
  // npm's semver takes an empty range for every version.
  if (scheme === "integer" || rest.trim() === "") return undefined;
  // Most ranges are one comparator: the library is loaded for the others.
  const { default: library } = await import("semver");
  const known = library.validRange(rest, { includePrerelease: true });
  return known === null ? undefined : range((version) => semverStanding(library, version, known));
}

/** What a bound of the range has behind its numbers that says nothing of the order: `-8` of `>=7.0.14-8`. */
export function meaninglessSuffix(text: string): string | undefined {
  const bounds = text.matchAll(/(?<=^|[\s<>=^~|,])v?\d[^\s<>=^|,]*/gi);
  return Array.from(bounds, ([bound]) => parseBound(bound)?.ignored).find(
    (ignored) => ignored !== undefined && ignored !== "",
  );
}

function parseComparators(
  text: string,
  parse: (bound: string) => Version | undefined,
): readonly Comparator[] | undefined {
  const parts = [...text.trim().matchAll(/(>=|<=|>|<|=|==)?\s*([^\s<>=]+)\s*/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text.trim()) return undefined;
  const comparators = parts.map(([, operator, version]) => {
    // Nothing may stand behind a version but the comma of `>=14, <16`: `14,15` is not 14.
    const parsed = /[,()]./.test(version ?? "") ? undefined : parse(version ?? "");
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
