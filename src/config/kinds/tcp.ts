import { object, required } from "../shapes/shape.ts";
import { text } from "../shapes/values.ts";
import { common } from "./every-kind.ts";

export const tcp = object("An address must accept connections. There is no version.", {
  address: required(
    text("host:port", {
      expected: "host:port, as in cache:11211",
      pattern: /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):(\d{1,5})$/,
    }),
  ),
  ...common,
});
