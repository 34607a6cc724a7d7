import { object, optional } from "../shapes/shape.ts";
import { text } from "../shapes/values.ts";
import { readinessChecks } from "./readiness.ts";

export const app = object("The application in this image.", {
  name: optional(text("Name under which releases are recorded. Default: the name in package.json, else `app`.")),
  version: optional(
    text("Version of this image. Default: $APP_VERSION, else the version in package.json.", { examples: ["2.3.0"] }),
  ),
  ready: optional(
    object("The app's own readiness, a part of its health: exactly one of these is asked every 2 s.", readinessChecks),
  ),
});
