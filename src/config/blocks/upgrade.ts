import { object, optional, withDefault } from "../shapes/shape.ts";
import { number } from "../shapes/number-values.ts";
import { flag, list, text } from "../shapes/values.ts";
import { upgradeCommand } from "./command.ts";
import { ledgerUrl } from "./ledger-url.ts";

const hook = upgradeCommand();

export const upgrade = object("Settings of `--upgrade`.", {
  url: optional(
    ledgerUrl(
      "Another URL for the database of the dependencies, which only the upgrade uses, usually as a role with more rights than the app's. Default: the URLs of the dependencies. Percent-encode special characters in the password.",
    ),
  ),
  ledger: optional(
    ledgerUrl(
      "Connection URL of the database that has the lock and the record of upgrades, if the app has no schema there: an app without a database, or with its data elsewhere. Dependencies of the kinds `schema` and `release` without a `url` are recorded there. Default: each schema's own database.",
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
    upgradeCommand(
      "Command of your own migration tool. It runs in place of seaworthy's runner, for the schemas whose `history` names a tool and that have no `migrate` of their own.",
    ),
  ),
  onFailure: withDefault(list("Commands to run after a hook or a migration has failed, in order.", hook), []),
  verify: withDefault(
    list(
      "Names of dependencies to verify beside the schemas, which are always verified. After the hooks and the migrations, each must be compatible, or no release is recorded (exit 1). A later upgrade looks at them again, whatever is recorded.",
      text("The name of a dependency.", { examples: ["search"] }),
    ),
    [],
  ),
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
      "How long the health check's own connections may take to see the migrations, and a dependency in `verify` to become compatible, in seconds. A replica may lag. Exit 1 after that.",
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
