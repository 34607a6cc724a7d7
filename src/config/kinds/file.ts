import { object, required } from "../shapes/shape.ts";
import { text } from "../shapes/values.ts";
import { common } from "./every-kind.ts";
import { extraction, range } from "./version-range.ts";

export const file = object("A mounted file must hold a version.", {
  path: required(text("The file: JSON, YAML (by its ending), or text.")),
  ...extraction,
  ...range,
  ...common,
});
