import { ExitCode, Failure, messageOf } from "../../kernel/failure.ts";
import type { VersionScheme } from "../../versions/parse.ts";
import { meaninglessSuffix, parseRange, type VersionRange } from "../../versions/range.ts";
import type { CommonSettings } from "./kind.ts";

/** The settings of a kind that requires a version. */
export interface VersionedSettings extends CommonSettings {
  readonly requires: string;
  readonly scheme: VersionScheme;
}

/** The settings of a kind that extracts a version from a text. */
export interface ExtractionSettings extends VersionedSettings {
  readonly header?: string;
  readonly pointer?: string;
  readonly pattern?: string;
}

/** Throws a Failure (78) for an invalid range. */
export async function readRange(
  key: string,
  { requires: text, scheme }: Pick<VersionedSettings, "requires" | "scheme">,
  of: "product" | "app" = "product",
): Promise<VersionRange> {
  const range = await parseRange(text, scheme, of);
  if (range !== undefined) return range;
  const schemed = scheme === "auto" ? "" : ` of the scheme ${scheme}`;
  const expected = `a version range${schemed}, as in ${scheme === "integer" ? '">=7"' : '">=2.1.0" or "^2.1"'}`;
  const suffix = of === "product" ? meaninglessSuffix(text) : undefined;
  const fix = suffix === undefined ? "" : `. ${suffix} does not affect the order of versions. Remove it`;
  throw new Failure(
    ExitCode.configuration,
    `${key}.requires: expected ${expected}, received ${JSON.stringify(text)}${fix}`,
  );
}

/** The same for a version in a text. Also throws a Failure (78) for an invalid place. */
export async function readRangeOfText(key: string, settings: ExtractionSettings): Promise<VersionRange> {
  const { header, pointer, pattern } = settings;
  if (header !== undefined && pointer !== undefined) {
    throw new Failure(ExitCode.configuration, `${key}: header and pointer exclude each other. Keep one of them.`);
  }
  try {
    RegExp(pattern ?? "", "m");
  } catch (error) {
    throw new Failure(ExitCode.configuration, `${key}.pattern: expected a regular expression: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return readRange(key, settings);
}
