import { optional, required, withDefault } from "../shapes/shape.ts";
import { choice, text } from "../shapes/values.ts";

const requires = text(
  "Range that the version must be in: comparators joined by spaces, or what npm's semver knows. A product may come first: another product is then refused.",
  { examples: [">=2.1.0", ">=7", "^15.4", "mysql >=8"] },
);
export const scheme = choice(
  "How versions are read. `auto`: whatever looks like one. `semver`: three numbers, maybe a prerelease. `numbers`: dotted numbers. `integer`: one number of any length.",
  ["auto", "semver", "numbers", "integer"],
);
export const range = { requires: required(requires), scheme: withDefault(scheme, "auto") } as const;

export const extraction = {
  pointer: optional(
    text("Where the version stands in a JSON or YAML document, as a JSON pointer.", {
      pattern: /^(\/.*)?$/,
      expected: "a JSON pointer, as in /version",
      examples: ["/version"],
    }),
  ),
  pattern: optional(
    text(
      "Regular expression that finds the version: its first group, or the whole match. With `pointer` or `header`, in what that finds.",
      {
        examples: ["^REVISION=(.*)$"],
      },
    ),
  ),
} as const;
