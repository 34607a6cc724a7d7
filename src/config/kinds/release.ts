import { ledgerKey, ledgerUrl } from "../blocks/ledger-url.ts";
import { object, optional, required, withDefault } from "../shapes/shape.ts";
import { text } from "../shapes/values.ts";
import { common } from "./every-kind.ts";
import { scheme } from "./version-range.ts";

export const release = object("The app version that the last successful `--upgrade` recorded must be in a range.", {
  url: required(
    ledgerUrl(
      "Connection URL of the database that records the release. Default: `upgrade.ledger`. Percent-encode special characters in the password.",
    ),
    { standIn: ledgerKey },
  ),
  app: optional(text("Application whose release to read. Default: `app.name`.")),
  requires: optional(
    text("Range that the recorded version must be in. Default: `>=` followed by `app.version`.", {
      examples: [">=2.1.0"],
    }),
  ),
  scheme: withDefault(scheme, "auto"),
  ...common,
});
