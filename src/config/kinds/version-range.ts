import { optional, required, withDefault } from "../shapes/shape.ts";
import { choice, text } from "../shapes/values.ts";

const requires = text(
  "Range that the version must be in: comparators joined by spaces, or any range of npm's semver. If it begins with a product, other products do not fit.",
  { examples: [">=2.1.0", ">=7", "^15.4", "mysql >=8"] },
);
export const scheme = choice(
  "How to read versions. `auto`: as any of the following. `semver`: three numbers, perhaps with a prerelease. `numbers`: dotted numbers. `integer`: one number of any length.",
  ["auto", "semver", "numbers", "integer"],
);
export const range = { requires: required(requires), scheme: withDefault(scheme, "auto") } as const;

export const extraction = {
  pointer: optional(
    text("Place of the version in a JSON or YAML document, as a JSON pointer.", {
      pattern: /^(\/.*)?$/,
      expected: "a JSON pointer, as in /version",
      examples: ["/version"],
    }),
  ),
  pattern: optional(
    text(
      "Regular expression that finds the version: its first group, or the whole match. With `pointer` or `header`, it searches their value.",
      {
        examples: ["^REVISION=(.*)$"],
      },
    ),
  ),
} as const;
