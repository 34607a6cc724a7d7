import { account } from "../shapes/account-values.ts";
import { object, optional, required, withDefault } from "../shapes/shape.ts";
import { signal } from "../shapes/signal-values.ts";
import { argv, choice, falseOr, flag, list, map, text, value } from "../shapes/values.ts";
import { readiness } from "./readiness.ts";
import { graceSeconds } from "./stop.ts";

export const processSettings = object("A process of this container.", {
  command: required(argv("The command, as a list of words.")),
  after: withDefault(list("Names of the processes that must be ready first.", text("A name in `processes`.")), []),
  ready: optional(falseOr(readiness)),
  restart: withDefault(
    choice(
      "Whether seaworthy starts it again after it has ended. The delay is 0.5 s, and doubles each time up to 30 s, varied by up to a fifth. Before a restart, seaworthy ends the processes that it left behind.",
      ["never", "on-failure", "always"],
    ),
    "never",
  ),
  critical: withDefault(
    flag("Whether the container stops with its exit code when it ends and is not restarted."),
    true,
  ),
  environment: withDefault(map("Variables that only this process gets.", value("The variable's value.")), {}),
  user: optional(
    account(
      "User that runs it, by name or number, or user:group. It gets the user's groups from /etc/group, and the user's HOME, USER and LOGNAME. Needs root.",
      { withGroup: true },
    ),
  ),
  group: optional(account("Group that runs it, by name or number. Default: the user's.")),
  workdir: optional(text("Working directory. Default: the container's.")),
  stop: withDefault(
    object("How it is stopped. Defaults: those of `stop`.", {
      signal: optional(signal("Signal that stops it.")),
      graceSeconds: optional(graceSeconds),
      group: optional(flag("Signal its whole process group.")),
    }),
    {},
  ),
});
