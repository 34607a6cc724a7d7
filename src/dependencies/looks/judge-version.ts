import type { Observation } from "../../kernel/observation.ts";
import { parseVersion, type VersionScheme } from "../../versions/parse.ts";
import type { Product } from "../../versions/product.ts";
import type { VersionRange } from "../../versions/range.ts";

/** The requirement for a version. */
export interface Requirement {
  readonly requires: VersionRange;
  readonly scheme: VersionScheme;
  /** Hides secrets: messages show the found text, and a service may echo its request. */
  readonly redact: (text: string) => string;
}

interface Subject {
  /** The thing that has the version, for a sentence: "the server", "the recorded release of shop". */
  readonly name: string;
  /** The fix if the version is too low. */
  readonly fix: string;
  /** Parses its versions. Default: `parseVersion`. */
  readonly parse?: typeof parseVersion;
  /** Its product. Called only if the range names a product. */
  readonly product?: () => Product | undefined;
}

/** The verdict on a found version. */
export function judgeVersion(found: string, { requires, scheme, redact }: Requirement, subject: Subject): Observation {
  const { name, fix, parse = parseVersion, product = () => undefined } = subject;
  // Redacts before it cuts: `redact` does not recognise half a secret.
  const redacted = redact(found.slice(0, 4096)).trim();
  const shown = redacted.length > 80 ? `${redacted.slice(0, 77)}…` : redacted;
  const versions = { needed: requires.text, found: shown };
  const other = requires.product === undefined ? undefined : wrongProduct(requires.product, product());
  if (other !== undefined)
    return { verdict: "unreadable", ...versions, reason: `${name} ${other}, but ${requires.text} is needed` };
  const version = parse(found, scheme);
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
        reason: `${name} has version ${shown}, but ${requires.text} is needed. ${fix}`,
      };
    case "above":
      return {
        verdict: "outgrown",
        ...versions,
        reason: `${name} has version ${shown}, but this app works only with ${requires.text}. Deploy a newer image.`,
      };
  }
}

/** Compares products: version 10 of another product does not show that the required version 8 is installed. */
function wrongProduct(wanted: Product, found: Product | undefined): string | undefined {
  if (found === undefined) return `does not say which product it is`;
  return found === wanted ? undefined : `is ${found}, not ${wanted}`;
}
