import { optional, withDefault } from "../shapes/shape.ts";
import { number } from "../shapes/number-values.ts";
import { choice, flag } from "../shapes/values.ts";

const whenUnreachable = choice(
  "Status of this dependency while it cannot be reached. `warn`: `fail` until it was compatible once, then `warn`, because a short outage must not stop every container at once. `fail`: always `fail`.",
  ["warn", "fail"],
);

/** The settings of every kind of dependency. */
export const common = {
  critical: withDefault(flag("Whether it can fail the health check. `false`: it can only warn."), true),
  whenUnreachable: withDefault(whenUnreachable, "warn"),
  timeoutMs: withDefault(
    number("How long one look may take, in milliseconds.", { unit: "milliseconds", minimum: 10, maximum: 2000 }),
    2000,
  ),
  intervalMs: optional(
    number(
      "Time between two looks while it is compatible, in milliseconds, varied by up to a fifth. Default: 10 s, and for a database up to 60 s while nothing changes. While it waits for an upgrade, seaworthy looks every 500 ms, and less often in a fleet of more than 25 instances.",
      { unit: "milliseconds", minimum: 100, maximum: 3_600_000 },
    ),
  ),
} as const;
