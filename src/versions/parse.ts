import { isServerAnswer, parseServerAnswer } from "./server-answer.ts";
import { releaseSuffix } from "./suffix.ts";
import { vendorSuffix } from "./vendor-suffix.ts";
import type { Version } from "./version.ts";

/** How to read a version. `auto` accepts any text that looks like one. */
export type VersionScheme = "auto" | "semver" | "numbers" | "integer";

/** In characters. A longer text is not a version: reading a megabyte of digits would take too long. */
const longest = 1000;

/** A name or prefix, the numbers, a suffix, and a remark after a space, as in `15.4 (Debian 15.4-1)`. */
const pattern =
  /^(?:[A-Za-z][\w.-]*\/)?(?:v|r|go|(?:release|rel|version)[-_]v?)?(\d+(?:\.\d+)*)([^\s,()]*)(?=$|[\s,(])/i;

/** Most bounds of ranges. The patterns for other texts take 0.5 ms when they are first used, before the app starts. */
const onlyNumbers = /^\d+(?:\.\d+)*$/;

function readOnlyNumbers(text: string): Version | undefined {
  return onlyNumbers.test(text) ? { text, numbers: readNumbers(text), prerelease: [], commits: 0n } : undefined;
}

/**
 * Reads the version of a third-party product: `2.3.0`, `v2.3`, `2024.01.15`, `20240115`, `1.2.3-rc.1+build`,
 * `15.4 (Debian 15.4-1)`, `nginx/1.22.1`, `2.3.0-5-gabc1234` (git describe: after 2.3.0), `v1.29.3-gke.1282000` (as
 * 1.29.3), `1:10.5.2-3~bpo11+1` (as 10.5.2) and the answers of databases (server-answer.ts).
 * Returns undefined for other text. It is never treated as 0.0.0.
 */
export function parseVersion(text: string, scheme: VersionScheme = "auto"): Version | undefined {
  return parseWith(text, scheme, (trimmed) => {
    // Debian's epoch corrects an old numbering mistake. It is not part of the upstream version.
    const { version } = parseBound(trimmed.replace(/^\d+:(?=\d)/, "")) ?? {};
    return version && { ...version, text: trimmed };
  });
}

/** Reads a version of the app, by semver's rules: 2.3.0-5 is below 2.3.0-10, and both are below 2.3.0. */
export function parseRelease(text: string, scheme: VersionScheme = "auto"): Version | undefined {
  return parseWith(text, scheme, (trimmed) => {
    const { numbers, rest } = split(trimmed) ?? {};
    const suffix = releaseSuffix(rest ?? "", { strict: false });
    return numbers && suffix && { text: trimmed, numbers, ...suffix };
  });
}

/** Reads the version that a database or cache reports, with any suffix from its vendor, packager or fork. */
export function parseServerVersion(text: string, scheme: VersionScheme = "auto"): Version | undefined {
  const version = isNotation(text.trim()) ? undefined : parseServerAnswer(text);
  return version !== undefined && isOf(scheme, version) ? version : undefined;
}

/** Like parseVersion. Also returns the part of the suffix that does not affect the order. */
export function parseBound(text: string): { readonly version: Version; readonly ignored: string } | undefined {
  const plain = readOnlyNumbers(text);
  if (plain !== undefined) return { version: plain, ignored: "" };
  const { numbers, rest } = split(text) ?? {};
  const suffix = vendorSuffix(rest ?? "");
  if (numbers === undefined || suffix === undefined) return undefined;
  const { ignored, ...order } = suffix;
  return { version: { text, numbers, ...order }, ignored };
}

function parseWith(
  text: string,
  scheme: VersionScheme,
  parse: (trimmed: string) => Version | undefined,
): Version | undefined {
  const trimmed = text.trim();
  if (trimmed.length > longest) return undefined;
  const plain = readOnlyNumbers(trimmed);
  if (plain === undefined && isNotation(trimmed)) return undefined;
  const version =
    plain ??
    (scheme === "semver"
      ? parseStrictly(trimmed)
      : scheme === "auto" && isServerAnswer(trimmed)
        ? parseServerAnswer(trimmed)
        : parse(trimmed));
  return version !== undefined && isOf(scheme, version) ? version : undefined;
}

/** Whether it is a number with grouped digits (1_000, 2,000, 1 000) or in another notation (1e3, 0x3e8). None is version 1 or 2. */
function isNotation(text: string): boolean {
  return /^(?:\d{1,3}(?:_\d|,\d{3}(?!\d)|(?:[ \u00A0\u202F]\d{3})+$)|\d+e[+-]?\d+$|0x[\da-f]+$)/i.test(text);
}

export function isOf(scheme: VersionScheme, { numbers, prerelease, commits }: Omit<Version, "text">): boolean {
  const isPlain = prerelease.length === 0 && commits === 0n;
  switch (scheme) {
    case "auto":
      return true;
    case "semver":
      return numbers.length === 3;
    case "numbers":
      return isPlain;
    case "integer":
      return isPlain && numbers.length === 1;
  }
}

function parseStrictly(text: string): Version | undefined {
  const [, numbers, rest = ""] = pattern.exec(text) ?? [];
  const suffix = releaseSuffix(rest, { strict: true });
  return numbers === undefined || suffix === undefined ? undefined : { text, numbers: readNumbers(numbers), ...suffix };
}

function split(text: string): { readonly numbers: readonly bigint[]; readonly rest: string } | undefined {
  const [, numbers, rest = ""] = pattern.exec(withDots(text)) ?? [];
  return numbers === undefined ? undefined : { numbers: readNumbers(numbers), rest };
}

/** Joins numbers with dots, and a prerelease after a space with a dash. Otherwise only the first number would count. */
function withDots(text: string): string {
  return (
    text
      // A date, as in the versions of some APIs: 2024-09-30.acacia, 2023-11-01-preview.
      .replace(/^(\d{4})-(\d\d)-(\d\d)(?!\d)/, "$1.$2.$3")
      // Postgres's tags: REL_16_1.
      .replace(/^(?:rel|release)_?\d+(?:_\d+)+(?=$|_[a-z])/i, (tag) => tag.replace(/(?<=\d)_/g, "."))
      .replace(/ \(?(alpha|beta|preview|rc)[ .-]?(\d*)\)?$/i, "-$1$2")
  );
}

function readNumbers(numbers: string): readonly bigint[] {
  return numbers.split(".").map(BigInt);
}
