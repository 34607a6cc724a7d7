import { object, optional, required, withDefault } from "../shapes/shape.ts";
import { number } from "../shapes/number-values.ts";
import { map, text, value } from "../shapes/values.ts";
import { common } from "./every-kind.ts";
import { extraction, range } from "./version-range.ts";

export const http = object("A service must answer with a version over HTTP.", {
  url: required(
    text("URL to send a GET request to.", {
      expected: "a URL that starts with http:// or https://",
      pattern: /^https?:\/\/\S+$/,
    }),
  ),
  header: optional(text("Header of the answer that holds the version. Default: the body holds it.")),
  ...extraction,
  headers: withDefault(map("Headers to send.", value("The header's value.")), {}),
  ca: optional(text("File with the certificates to trust instead of the system's, in PEM.")),
  redirects: withDefault(
    number("How many redirects to follow. Another origin gets none of the headers.", {
      unit: "redirects",
      minimum: 0,
      maximum: 10,
    }),
    0,
  ),
  ...range,
  ...common,
});
