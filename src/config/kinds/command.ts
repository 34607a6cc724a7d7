import { object, required } from "../shapes/shape.ts";
import { argv } from "../shapes/values.ts";
import { common } from "./every-kind.ts";
import { extraction, range } from "./version-range.ts";

export const command = object("A program must print a version and exit with 0.", {
  command: required(argv("The command, as a list of words.")),
  ...extraction,
  ...range,
  ...common,
});
