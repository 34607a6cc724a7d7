import type { Suffix } from "./version.ts";

/** The suffix of a third-party version. */
export interface VendorSuffix extends Suffix {
  /** The part that does not affect the order: the package, the platform, the edition. */
  readonly ignored: string;
}

/**
 * The words that mark a prerelease, anywhere in the suffix (`1.5.0-ee-rc1`):
 * - alpha, beta, pre, preview, prerelease, rc, dev: https://peps.python.org/pep-0440/#pre-releases, Debian, Go, Rust
 * - snapshot, milestone, cr (JBoss's rc): https://maven.apache.org/pom.html#version-order-specification
 * - ea: Java (https://openjdk.org/jeps/223); eap: JetBrains; dmr: MySQL's development milestones
 * - tp, techpreview, ctp, dp: technology and developer previews of Red Hat, Microsoft, Couchbase
 */
const stages =
  "alpha|beta|prealpha|preview|techpreview|prerelease|pre|rc|cr|devel|develop|dev|dmr|ea|eap|tp|ctp|dp|snapshot|milestone";
/**
 * Channels for unfinished builds, as in npm, Rust and VS Code. They count only right after the numbers: later they name a
 * distribution, as in `2.4.0-alpine-edge` or `1.2.3-debian-unstable`.
 */
const channels = "nightly|daily|weekly|canary|next|insiders?|experimental|unstable|edge|internal|wip";
const stageToken = new RegExp(`^(${stages})(\\d*)$`, "i");
const channelToken = new RegExp(`^(${channels})(\\d*)$`, "i");
const wordToken = new RegExp(`^(${stages}|${channels})(\\d*)$`, "i");
/** 1.0a1, 1.0b2, 1.0-b2 (PEP 440), 3.0.0-M4. Only right after the numbers: `-eks-a737599` ends in a commit. */
const letterToken = /^([abcm])(0|[1-9]\d{0,2})$/i;
/** Right after the numbers, without a separator: 17beta1, 1.0a2, and patches as in 9.6p1 and 8u392. */
const attached = new RegExp(`^(?:(?:${stages})[.-]?\\d*|[abc]\\d+|[pu]\\d+)(?![a-z0-9])`, "i");
/** semver §9. */
const semver = /^-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*$/;
const vendor = /^[-._~]?[0-9A-Za-z]+(?:[-._~:][0-9A-Za-z]+)*$/;
const describe = /(?:^|-)(\d+)-g[0-9a-f]{4,40}$/;
/** Go's pseudo-version for a commit before a release (https://go.dev/ref/mod#pseudo-versions). */
const pseudoVersion = /^-(?:(?:[0-9A-Za-z.-]+\.)?0\.)?(\d{14})-[0-9a-f]{12}$/;
/** A JDK's build number: 1.8.0_151-b12, 8u181-b13. */
const jdkBuild = /^(_|u)(\d+)-b\d+/;
/** Words without meaning for the order: git's marks for changes, and Java's for a final release. */
const plain = /^(?:dirty|broken|final|release|ga)$/i;

/**
 * Reads the suffixes of vendors, packagers and clouds. Only a word for a prerelease lowers the version. `-gke.1282000`,
 * `-alpine`, `-8`, `-ee`, `-3~bpo11+1`, `.mysql_aurora.3.05.2` and `+incompatible` have no effect.
 * Returns undefined if the text cannot be part of a version.
 */
export function vendorSuffix(text: string): VendorSuffix | undefined {
  const [beforeBuild = "", ...build] = text.split("+");
  if (!build.every((part) => /^[0-9A-Za-z.~:_-]+$/.test(part))) return undefined;
  let rest = beforeBuild.replace(/(?:[-.](?:dirty|broken))+$/, "").replace(jdkBuild, "$1$2");
  const commits = describe.exec(rest);
  if (commits !== null) rest = rest.slice(0, commits.index);
  const read = readTokens(rest);
  return read && { ...read, commits: BigInt(commits?.[1] ?? 0) };
}

function readTokens(rest: string): Omit<VendorSuffix, "commits"> | undefined {
  if (rest === "") return { prerelease: [], ignored: "" };
  const [, time] = pseudoVersion.exec(rest) ?? [];
  if (time !== undefined) return { prerelease: [0n, BigInt(time)], ignored: "" };
  // A wildcard belongs to a range, not to a version.
  if (/^\.[x*](?:\.|$)/i.test(rest)) return undefined;
  if (/^[a-z]/i.test(rest) && !attached.test(rest)) return undefined;
  if (!semver.test(rest) && !vendor.test(rest)) return undefined;
  const tokens = rest
    .replace(/early[-._]?access/i, "ea")
    .split(/[-._~:]+/)
    .filter((token) => token !== "");
  if (tokens.length === 0) return undefined;
  const start = tokens.findIndex(
    (token, index) => stageToken.test(token) || (index === 0 && (channelToken.test(token) || letterToken.test(token))),
  );
  if (start === -1) return { prerelease: [], ignored: tokens.every((token) => plain.test(token)) ? "" : rest };
  return { prerelease: readPrerelease(tokens.slice(start)), ignored: tokens.slice(0, start).join("-") };
}

/** Reads the words and the numbers after them: `rc1`, `rc.1`, `alpha.beta`, `beta.2.7`. */
function readPrerelease(tokens: readonly string[]): Suffix["prerelease"] {
  const prerelease: (string | bigint)[] = [];
  for (const token of tokens) {
    const [, word, digits = ""] = wordToken.exec(token) ?? letterToken.exec(token) ?? [];
    if (word === undefined && !/^\d+$/.test(token)) break;
    if (word !== undefined) prerelease.push(word.toLowerCase());
    const number = word === undefined ? token : digits;
    if (number !== "") prerelease.push(BigInt(number));
  }
  return prerelease;
}
