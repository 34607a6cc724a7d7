import type { Suffix } from "./version.ts";

const release: Suffix = { prerelease: [], commits: 0n };

/** Build metadata (semver §10) and git describe's marks for uncommitted changes do not affect the order. */
const withoutMeaning = /\+[0-9A-Za-z.-]+$|[-.](?:dirty|broken)$/g;
const describe = /(?:^|-)(\d+)-g[0-9a-f]{4,40}$/;
const words = "alpha|beta|preview|pre|rc|devel|dev|snapshot";
/** 17beta1, 3.12.0rc2, 1.0a2, 1.0.dev3: without the dash that semver requires. */
const attached = new RegExp(String.raw`^\.?(?:(?:${words})[.-]?\d*|[abc]\d+)$`, "i");
const wordAndNumber = new RegExp(String.raw`^(${words}|[abcm])[.-]?(\d*)$`, "i");
/** Java projects mark a final release in this way. */
const final = /^[-.](?:final|release|ga)$/i;

/**
 * Reads `-rc.1`, `rc1`, `-5-gabc1234`, `+build`. Strict mode follows semver exactly: `-5-gabc1234` and `-rc1` are
 * prereleases with one identifier. Returns undefined if the text cannot be part of a version.
 */
export function releaseSuffix(text: string, { strict }: { readonly strict: boolean }): Suffix | undefined {
  if (strict) return prereleaseOf(text.replace(/\+[0-9A-Za-z.-]+$/, ""), (identifier) => [identifier]);
  let rest = text;
  for (let shorter = rest.replace(withoutMeaning, ""); shorter !== rest; shorter = rest.replace(withoutMeaning, ""))
    rest = shorter;
  if (final.test(rest)) return release;
  const commits = describe.exec(rest);
  if (commits !== null) rest = rest.slice(0, commits.index);
  const suffix = prereleaseOf(attached.test(rest) ? `-${rest.replace(/^\./, "")}` : rest, splitNumber);
  return suffix && { ...suffix, commits: BigInt(commits?.[1] ?? 0) };
}

function prereleaseOf(text: string, split: (identifier: string) => readonly string[]): Suffix | undefined {
  if (text === "") return release;
  if (!/^-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*$/.test(text)) return undefined;
  const identifiers = text.slice(1).split(".").flatMap(split);
  return { prerelease: identifiers.map((one) => (/^\d+$/.test(one) ? BigInt(one) : one)), commits: 0n };
}

/** Splits rc10, so that it is above rc2, and treats RC1 as rc1. Text comparison would do neither. */
function splitNumber(identifier: string): readonly string[] {
  const [, word, digits] = wordAndNumber.exec(identifier) ?? [];
  return word === undefined ? [identifier] : [word.toLowerCase(), ...(digits ? [digits] : [])];
}
