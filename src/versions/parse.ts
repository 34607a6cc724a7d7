/**
 * A version, read once. Numbers are bigint: build timestamps and calendar versions of any length keep every digit.
 */
export interface Version {
  readonly text: string;
  /** 2.3.0 → [2, 3, 0]; 20240102030405 → [20240102030405] */
  readonly numbers: readonly bigint[];
  /** rc.1 → ["rc", 1n]; empty for a release. Lower than the release itself, as in semver §11. */
  readonly prerelease: readonly (string | bigint)[];
}

/** How a version is read. `auto` takes whatever looks like one. */
export type VersionScheme = "auto" | "semver" | "numbers" | "integer";

const pattern = /^v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?(?=$|[\s,(])/;

/**
 * Reads `2.3.0`, `v2.3`, `2024.01.15`, `20240115`, `1.2.3-rc.1+build`, and `15.4 (Debian 15.4-1)`.
 * Returns undefined for what is no version: it is never taken for 0.0.0.
 */
export function parseVersion(text: string, scheme: VersionScheme = "auto"): Version | undefined {
  const version = parseAny(text);
  return version !== undefined && isOf(scheme, version) ? version : undefined;
}

function isOf(scheme: VersionScheme, { numbers, prerelease }: Version): boolean {
  switch (scheme) {
    case "auto":
      return true;
    case "semver":
      return numbers.length === 3;
    case "numbers":
      return prerelease.length === 0;
    case "integer":
      return numbers.length === 1 && prerelease.length === 0;
  }
}

function parseAny(text: string): Version | undefined {
  const match = pattern.exec(text.trim());
  const numbers = match?.[1];
  if (numbers === undefined) return undefined;
  const prerelease = (match?.[2] ?? "").split(".").filter((part) => part !== "");
  return {
    text: text.trim(),
    numbers: numbers.split(".").map(BigInt),
    prerelease: prerelease.map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)),
  };
}
