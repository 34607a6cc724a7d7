import { isServerAnswer, parseServerAnswer } from "./server-answer.ts";
import { releaseSuffix } from "./suffix.ts";
import type { Version } from "./version.ts";

/** How a version is read. `auto` takes whatever looks like one. */
export type VersionScheme = "auto" | "semver" | "numbers" | "integer";

/** More than this is no version, however it begins: nobody waits until a megabyte of digits is read. */
const longest = 1000;

/** The numbers, what hangs on them, and a remark after a blank, as in `15.4 (Debian 15.4-1)`. */
const pattern = /^(?:[A-Za-z][\w.-]*\/)?v?(\d+(?:\.\d+)*)([^\s,()]*)(?=$|[\s,(])/;

/**
 * Reads `2.3.0`, `v2.3`, `2024.01.15`, `20240115`, `1.2.3-rc.1+build`, `15.4 (Debian 15.4-1)`, `nginx/1.22.1`,
 * `2.3.0-5-gabc1234` (git describe: after 2.3.0) and what databases answer (server-answer.ts).
 * Returns undefined for what is no version: it is never taken for 0.0.0.
 */
export function parseVersion(text: string, scheme: VersionScheme = "auto"): Version | undefined {
  const trimmed = text.trim();
  if (trimmed.length > longest) return undefined;
  const version = scheme === "auto" && isServerAnswer(trimmed) ? parseServerAnswer(trimmed) : parseAny(trimmed, scheme);
  return version !== undefined && isOf(scheme, version) ? version : undefined;
}

/** Reads what a database or cache says of itself, whatever its maker, packager or fork has put behind the version. */
export function parseServerVersion(text: string, scheme: VersionScheme = "auto"): Version | undefined {
  const version = parseServerAnswer(text);
  return version !== undefined && isOf(scheme, version) ? version : undefined;
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

function parseAny(text: string, scheme: VersionScheme): Version | undefined {
  // A day, as in the versions of some APIs.
  const dotted = scheme === "semver" ? text : text.replace(/^(\d{4})-(\d\d)-(\d\d)(?=$|\s)/, "$1.$2.$3");
  const [, numbers, rest = ""] = pattern.exec(dotted) ?? [];
  const suffix = releaseSuffix(rest, { strict: scheme === "semver" });
  if (numbers === undefined || suffix === undefined) return undefined;
  return { text, numbers: numbers.split(".").map(BigInt), ...suffix };
}
