import { object, optional } from "../shapes/shape.ts";
import { text } from "../shapes/values.ts";
import { readinessChecks } from "./readiness.ts";

export const app = object("The application in this image.", {
  name: optional(text("Name under which releases are recorded. Default: the name in package.json, or else `app`.")),
  version: optional(
    text("Version of this image. Default: $APP_VERSION, or else the version in package.json.", { examples: ["2.3.0"] }),
  ),
  ready: optional(
    object(
      "When the app itself is ready. seaworthy checks this every 2 s as a part of the health check. Set exactly one.",
      readinessChecks,
    ),
  ),
});
