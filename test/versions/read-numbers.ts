import { parseVersion, type VersionScheme } from "../../src/versions/parse.ts";

/** The parsed version as `2.3.0-rc.1+5`: numbers, prerelease, commits after it. Undefined if it is not a version. */
export function read(text: string, scheme?: VersionScheme, parse = parseVersion): string | undefined {
  const version = parse(text, scheme);
  if (version === undefined) return undefined;
  const { numbers, prerelease, commits } = version;
  return `${numbers.join(".")}${prerelease.length > 0 ? `-${prerelease.join(".")}` : ""}${commits > 0n ? `+${commits}` : ""}`;
}
