import { object, optional, required, withDefault } from "../shapes/shape.ts";
import { argv, commandOr, flag, list, map, number, text, value } from "../shapes/values.ts";
import { postgresUrl } from "./postgres-url.ts";

const hookSettings = object("A command with its own settings.", {
  command: required(argv("The command, as a list of words.")),
  timeoutSeconds: optional(
    number("How long it may run, in seconds. After that, it is stopped and counts as failed. Default: no limit.", {
      unit: "seconds",
      minimum: 0.1,
      maximum: 86_400,
    }),
  ),
  workdir: optional(text("Working directory. Default: the container's.")),
  environment: withDefault(map("Variables that only this command gets.", value("The variable's value.")), {}),
});
const hook = commandOr(hookSettings);

export const upgrade = object("Settings of `--upgrade`.", {
  url: optional(
    postgresUrl(
      "Connection URL that the upgrade uses, usually as a role with more rights than the app's. Default: the URLs of the dependencies. Percent-encode special characters in the password.",
    ),
  ),
  allowDifferentDatabase: withDefault(
    flag(
      "Allow `upgrade.url` to reach a different database than the health check, for example if two databases replicate each other. `false`: such an upgrade exits with 78 before it changes anything.",
    ),
    false,
  ),
  before: withDefault(list("Commands to run before the migrations, in order.", hook), []),
  after: withDefault(list("Commands to run after the migrations, in order.", hook), []),
  migrate: optional(
    commandOr(
      hookSettings,
      "Command of your own migration tool. It runs in place of seaworthy's runner, for the schemas whose `history` names a tool.",
    ),
  ),
  onFailure: withDefault(list("Commands to run after a hook or a migration has failed, in order.", hook), []),
  lockTimeoutSeconds: withDefault(
    number("How long to wait for another upgrade to end, in seconds; exit 75 after that.", {
      unit: "seconds",
      minimum: 0,
      maximum: 86_400,
    }),
    900,
  ),
  lockWaitSeconds: withDefault(
    number(
      "How long a statement of a migration may wait for a lock, in seconds. Meanwhile, other queries of the table queue behind it. After that, the migration is rolled back and tried again.",
      { unit: "seconds", minimum: 0.001, maximum: 3600 },
    ),
    2,
  ),
  lockRetrySeconds: withDefault(
    number("How long to retry a migration that cannot get a lock, in seconds; exit 75 after that.", {
      unit: "seconds",
      minimum: 0,
      maximum: 86_400,
    }),
    600,
  ),
  verifySeconds: withDefault(
    number(
      "How long the health check's own connections may take to see the migrations, in seconds. A replica may lag. Exit 1 after that.",
      { unit: "seconds", minimum: 0, maximum: 3600 },
    ),
    10,
  ),
  connectTimeoutSeconds: withDefault(
    number("How long to retry if a database does not answer, in seconds; exit 69 after that.", {
      unit: "seconds",
      minimum: 0,
      maximum: 3600,
    }),
    30,
  ),
});
