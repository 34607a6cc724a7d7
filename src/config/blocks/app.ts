import { object, optional } from "../shapes/shape.ts";
import { falseOr, text } from "../shapes/values.ts";
import { readinessChecks } from "./readiness.ts";

export const app = object("The application in this image.", {
  name: optional(text("Name under which releases are recorded. Default: the name in package.json, or else `app`.")),
  version: optional(
    text("Version of this image. Default: $APP_VERSION, or else the version in package.json.", { examples: ["2.3.0"] }),
  ),
  ready: optional(
    falseOr(
      object(
        "When the app itself is ready. seaworthy checks this every 2 s as a part of the health check. Set exactly one. Left out: health waits until the app listens on a TCP port or a unix socket, for at most 30 s. `false`: it does not wait, for a worker that never listens.",
        readinessChecks,
      ),
    ),
  ),
});
