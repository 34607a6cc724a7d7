import type semver from "semver";
import { compareVersions } from "./compare.ts";
import { isOf, parseBound, parseRelease, parseVersion, type VersionScheme } from "./parse.ts";
import { readProduct, type Product } from "./product.ts";
import type { Version } from "./version.ts";

/** Where a version is in relation to a range. */
export type Standing = "below" | "within" | "above";

export interface VersionRange {
  readonly text: string;
  /** The product, if the range names one: `mysql >=8`. */
  readonly product?: Product;
  readonly standingOf: (version: Version) => Standing;
}

interface Comparator {
  readonly operator: ">=" | ">" | "<=" | "<" | "=";
  readonly version: Version;
}

/**
 * Reads comparators joined by spaces (`>=2.1 <3`, `>=20240115`), which work on versions of any form, and other ranges of
 * npm's semver (`^2.1.0`, `1.x || >=3`). As in npm, a version with one or two numbers means all that begin with them:
 * `2.1` is every 2.1.x. A product may come first: `mysql >=8`. Returns undefined for anything else, for bounds that no
 * version of the scheme can have, and for bounds with a suffix that does not affect the order (`>=7.0.14-8`). Versions of
 * the app follow semver, see parseRelease.
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
    // In semver, bounds may be shorter than versions.
    const fits = scheme === "semver" || comparators.every(({ version }) => isOf(scheme, version));
    return fits ? range((version) => standing(version, comparators)) : undefined;
  }
  // For npm's semver, an empty range matches every version.
  if (scheme === "integer" || rest.trim() === "") return undefined;
  // Most ranges are comparators. Load the library only for others.
  const { default: library } = await import("semver");
  const known = library.validRange(rest, { includePrerelease: true });
  return known === null ? undefined : range((version) => semverStanding(library, version, known));
}

/** A suffix in the range that does not affect the order: `-8` of `>=7.0.14-8`. */
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
    // Only the comma of `>=14, <16` may follow a version: `14,15` is not 14.
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

/** Like compareVersions, but a bound with fewer than three numbers compares only those. */
function comparePrefix(version: Version, bound: Version): number {
  const isPrefix = bound.numbers.length < 3 && bound.prerelease.length === 0;
  if (!isPrefix) return compareVersions(version, bound);
  return compareVersions(
    { ...version, numbers: version.numbers.slice(0, bound.numbers.length), prerelease: [], commits: bound.commits },
    bound,
  );
}

/** semver requires three numbers. A prerelease of an allowed version counts as that version. */
function semverStanding(library: typeof semver, version: Version, range: string): Standing {
  // The library's numbers end at 2⁵³: a larger timestamp is above any range.
  if (version.numbers.some((number) => number > Number.MAX_SAFE_INTEGER)) return "above";
  const exact = version.numbers.concat(0n, 0n).slice(0, 3).join(".");
  const suffix = version.prerelease.length > 0 ? `-${version.prerelease.join(".")}` : "";
  const options = { loose: true, includePrerelease: true };
  if (library.satisfies(exact + suffix, range, options)) return "within";
  return library.gtr(exact + suffix, range, options) ? "above" : "below";
}
