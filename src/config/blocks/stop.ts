import { object, optional, withDefault } from "../shapes/shape.ts";
import { signal } from "../shapes/signal-values.ts";
import { number } from "../shapes/number-values.ts";
import { flag } from "../shapes/values.ts";

export const graceSeconds = number(
  "How long the app may take to end after its stop signal, in seconds. After that, it is killed.",
  {
    unit: "seconds",
    minimum: 0,
    maximum: 86_400,
  },
);

export const stop = object("How seaworthy stops the app when the container stops.", {
  signal: optional(
    signal(
      "Signal that stops the app, such as QUIT for nginx. If seaworthy receives this signal, it stops the container, like SIGTERM. Default: the received signal.",
    ),
  ),
  drainSeconds: withDefault(
    number("How long the app continues to serve after SIGTERM while health already says `draining`, in seconds.", {
      unit: "seconds",
      minimum: 0,
      maximum: 3600,
    }),
    0,
  ),
  graceSeconds: withDefault(graceSeconds, 10),
  group: withDefault(
    flag("Signal the app's whole process group instead of its first process. The app then gets its own session."),
    false,
  ),
});
