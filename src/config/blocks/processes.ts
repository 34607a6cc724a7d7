import { account } from "../shapes/account-values.ts";
import { object, optional, required, withDefault } from "../shapes/shape.ts";
import { signal } from "../shapes/signal-values.ts";
import { argv, choice, flag, list, map, text, value } from "../shapes/values.ts";
import { readiness } from "./readiness.ts";
import { graceSeconds } from "./stop.ts";

export const processSettings = object("A process of this container.", {
  command: required(argv("The command, as a list of words.")),
  after: withDefault(list("Names of the processes that must be ready first.", text("A name in `processes`.")), []),
  ready: optional(readiness),
  restart: withDefault(
    choice(
      "When it is started again after it has ended: after 0.5 s, then after twice as long each time, up to 30 s, a fifth more or less. First, what it left behind is ended.",
      ["never", "on-failure", "always"],
    ),
    "never",
  ),
  critical: withDefault(flag("Whether its end, where it is not restarted, stops the container with its code."), true),
  environment: withDefault(map("Variables that only this process gets.", value("The variable's value.")), {}),
  user: optional(
    account(
      "User to run it as, by name or number, or user:group. It gets the groups that /etc/group lists for the user, and the user's HOME, USER and LOGNAME. Needs root.",
      { withGroup: true },
    ),
  ),
  group: optional(account("Group to run it as, by name or number. Default: the user's.")),
  workdir: optional(text("Working directory. Default: the container's.")),
  stop: withDefault(
    object("How it is stopped. Defaults: those of `stop`.", {
      signal: optional(signal("Sent to it to stop it.")),
      graceSeconds: optional(graceSeconds),
      group: optional(flag("Signal its whole process group.")),
    }),
    {},
  ),
});
