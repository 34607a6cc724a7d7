import { account } from "../shapes/account-values.ts";
import { object, optional, required, withDefault } from "../shapes/shape.ts";
import { signal } from "../shapes/signal-values.ts";
import { argv, choice, flag, list, map, text, value } from "../shapes/values.ts";
import { readiness } from "./readiness.ts";
import { graceSeconds } from "./stop.ts";

export const processSettings = object("A process of this container.", {
  command: required(argv("The command, as a list of words.")),
  after: withDefault(
    list("Names of the processes that must be ready before it is started.", text("A name in `processes`.")),
    [],
  ),
  ready: optional(readiness),
  restart: withDefault(
    choice(
      "When it is started again after its end: after 0.5 s, then twice as long each time up to 30 s, a fifth more or less. What it left behind is ended first.",
      ["never", "on-failure", "always"],
    ),
    "never",
  ),
  critical: withDefault(flag("Whether its end, where it is not restarted, stops the container with its code."), true),
  environment: withDefault(map("Variables that only this process gets.", value("The variable's value.")), {}),
  user: optional(
    account(
      "User to run it as, by name or number, with the groups that /etc/group lists for it, and HOME, USER and LOGNAME of its own; or user:group. Needs root.",
      { withGroup: true },
    ),
  ),
  group: optional(account("Group to run it as, by name or number. Default: the user's.")),
  workdir: optional(text("Working directory. Default: the container's.")),
  stop: withDefault(
    object("How it is stopped. What is left out is as in `stop`.", {
      signal: optional(signal("Sent to it to stop it.")),
      graceSeconds: optional(graceSeconds),
      group: optional(flag("Signal its whole process group.")),
    }),
    {},
  ),
});
