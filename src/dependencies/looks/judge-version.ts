import type { Observation } from "../../kernel/observation.ts";
import { parseVersion, type VersionScheme } from "../../versions/parse.ts";
import type { Product } from "../../versions/product.ts";
import type { VersionRange } from "../../versions/range.ts";

/** What a version must be. */
export interface Requirement {
  readonly requires: VersionRange;
  readonly scheme: VersionScheme;
  /** Hides secrets: what was found is shown, and a service may repeat what it was sent. */
  readonly redact: (text: string) => string;
}

interface Subject {
  /** What has the version, as it stands in a sentence: "the server", "release of shop". */
  readonly name: string;
  /** What to do when it is too low. */
  readonly fix: string;
  /** How its versions are read. Default: as every product's. */
  readonly parse?: typeof parseVersion;
  /** Which product it is; asked for only where the range names one. */
  readonly product?: () => Product | undefined;
}

/** The verdict on a version that was found. */
export function judgeVersion(found: string, { requires, scheme, redact }: Requirement, subject: Subject): Observation {
  const { name, fix, parse = parseVersion, product = () => undefined } = subject;
  // Half a secret is one that nobody recognises: cut what is hidden already.
  const redacted = redact(found.slice(0, 4096)).trim();
  const shown = redacted.length > 80 ? `${redacted.slice(0, 77)}…` : redacted;
  const versions = { needed: requires.text, found: shown };
  const other = requires.product === undefined ? undefined : wrongProduct(requires.product, product());
  if (other !== undefined)
    return { verdict: "unreadable", ...versions, reason: `${name} ${other}, and ${requires.text} is needed` };
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

/** Another product's 10 says nothing of whether this one's 8 is there. */
function wrongProduct(wanted: Product, found: Product | undefined): string | undefined {
  if (found === undefined) return `does not say which product it is`;
  return found === wanted ? undefined : `is ${found}, not ${wanted}`;
}
