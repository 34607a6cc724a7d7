import { account } from "./account-values.ts";
import { object, optional, required, withDefault, type Infer } from "./shape.ts";
import { exitCodeMap, signal, signalMap } from "./signal-values.ts";
import { databaseUrl } from "./url-values.ts";
import { argv, choice, commandOr, flag, list, map, number, offOr, oneOfKinds, text, value } from "./values.ts";

const postgresUrl = databaseUrl(
  "Connection URL of a Postgres database. Percent-encode special characters in the password.",
  ["postgres"],
  ["${DATABASE_URL}", "postgres://user:secret@host:5432/database"],
);

const graceSeconds = number("How long the app has to end after its stop signal before it is killed, in seconds.", {
  unit: "seconds",
  minimum: 0,
  maximum: 86_400,
});

const whenUnreachable = choice(
  "What the health check says of this dependency while it cannot be reached. `warn`: fail until it was once seen compatible, warn after (a database that blinks must not kill every container at once). `fail`: fail always.",
  ["warn", "fail"],
);

/** What every kind of dependency has. */
const common = {
  critical: withDefault(flag("Whether it can fail the health check. `false`: it can only warn."), true),
  whenUnreachable: withDefault(whenUnreachable, "warn"),
  timeoutMs: withDefault(
    number("How long one look may take, in milliseconds.", { unit: "milliseconds", minimum: 10, maximum: 2000 }),
    2000,
  ),
  intervalMs: withDefault(
    number(
      "How long to wait between two looks while it is compatible, in milliseconds, a fifth more or less. While it is behind it is looked at every 500 ms.",
      { unit: "milliseconds", minimum: 100, maximum: 3_600_000 },
    ),
    10_000,
  ),
} as const;

const requires = text(
  "Range that the version must be in: comparators joined by spaces, or what npm's semver knows. A product may come first: another product is then refused.",
  { examples: [">=2.1.0", ">=7", "^15.4", "mysql >=8"] },
);
const scheme = choice(
  "How versions are read. `auto`: whatever looks like one. `semver`: three numbers, maybe a prerelease. `numbers`: dotted numbers. `integer`: one number of any length.",
  ["auto", "semver", "numbers", "integer"],
);
const range = { requires: required(requires), scheme: withDefault(scheme, "auto") } as const;

const extraction = {
  pointer: optional(
    text("Where the version stands in a JSON or YAML document, as a JSON pointer.", {
      pattern: /^(\/.*)?$/,
      expected: "a JSON pointer, as in /version",
      examples: ["/version"],
    }),
  ),
  pattern: optional(
    text(
      "Regular expression that finds the version: its first group, or the whole match. With `pointer` or `header`, in what that finds.",
      {
        examples: ["^REVISION=(.*)$"],
      },
    ),
  ),
} as const;

const schemaDependency = object("Every migration in the image's folder must have been applied to the database.", {
  url: required(
    databaseUrl(
      "Connection URL of the database. Percent-encode special characters in the password. seaworthy's own history is for Postgres.",
      ["postgres", "mysql", "sqlite"],
      ["${DATABASE_URL}", "postgres://user:secret@host:5432/database", "sqlite:/data/app.db"],
    ),
  ),
  migrations: withDefault(
    text(
      "Folder with the image's migrations, relative to the working directory. They are applied in the order of their numbers, or as their tool orders them.",
    ),
    "./migrations",
  ),
  history: withDefault(
    text(
      "Whose history tells what is applied. `seaworthy`: our own. The name of another migration tool: its own table is read, and its files in the image; `upgrade.migrate` says how it is run. `auto`: which other tool it is, is found from files and table.",
      { examples: ["seaworthy", "auto", "prisma", "django", "flyway"] },
    ),
    "seaworthy",
  ),
  table: optional(
    text(
      "Table that records what was applied, as schema.table. Default: `seaworthy.migrations`, or where the tool keeps it. Applications that share a database each need their own, and so do two folders of migrations of one application.",
      { examples: ["shop.migrations"] },
    ),
  ),
  ...common,
});

const releaseDependency = object("The app version that the last successful `--upgrade` recorded must be in a range.", {
  url: required(postgresUrl),
  app: optional(text("Name of the application whose release is read. Default: `app.name`.")),
  requires: optional(
    text("Range that the recorded version must be in. Default: `>=` followed by `app.version`.", {
      examples: [">=2.1.0"],
    }),
  ),
  scheme: withDefault(scheme, "auto"),
  ...common,
});

const serverDependency = object("A database or cache must itself have a version.", {
  url: required(
    databaseUrl(
      "Connection URL. Its scheme says what is asked: postgres, mysql, mariadb, redis, rediss, valkey or valkeys.",
      ["postgres", "mysql", "redis"],
    ),
  ),
  ...range,
  ...common,
});

const httpDependency = object("A service must tell a version over HTTP.", {
  url: required(
    text("URL that is asked with GET.", {
      expected: "a URL that starts with http:// or https://",
      pattern: /^https?:\/\/\S+$/,
    }),
  ),
  header: optional(text("Name of the answer's header that holds the version, instead of its body.")),
  ...extraction,
  headers: withDefault(map("Headers to send.", value("The header's value.")), {}),
  ca: optional(text("File with the certificates to trust instead of the system's, in PEM.")),
  redirects: withDefault(
    number("How many redirects are followed. Another origin gets none of the headers.", {
      unit: "redirects",
      minimum: 0,
      maximum: 10,
    }),
    0,
  ),
  ...range,
  ...common,
});

const fileDependency = object("A mounted file must hold a version.", {
  path: required(text("The file: JSON, YAML (by its ending), or text.")),
  ...extraction,
  ...range,
  ...common,
});

const commandDependency = object("A program must print a version and exit with 0.", {
  command: required(argv("The command, as a list of words.")),
  ...extraction,
  ...range,
  ...common,
});

const tcpDependency = object("Something must accept connections. It has no version.", {
  address: required(
    text("host:port", {
      expected: "host:port, as in cache:11211",
      pattern: /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):(\d{1,5})$/,
    }),
  ),
  ...common,
});

const hook = commandOr(
  object("A command with settings of its own.", {
    command: required(argv("The command, as a list of words.")),
    timeoutSeconds: optional(
      number("How long it may run, in seconds; then it is ended and counts as failed. Default: for ever.", {
        unit: "seconds",
        minimum: 0.1,
        maximum: 86_400,
      }),
    ),
    workdir: optional(text("Working directory. Default: the container's.")),
    environment: withDefault(map("Variables that only this command gets.", value("The variable's value.")), {}),
  }),
);

const upgrade = object("What `--upgrade` does, and with which rights.", {
  url: optional(postgresUrl),
  allowDifferentDatabase: withDefault(
    flag(
      "Upgrade `upgrade.url` even if it reaches another database than the health check does, as with two databases that replicate each other. Otherwise this is refused with 78 before anything is changed.",
    ),
    false,
  ),
  before: withDefault(list("Commands to run before the migrations, in order.", hook), []),
  after: withDefault(list("Commands to run after the migrations, in order.", hook), []),
  migrate: optional(hook),
  onFailure: withDefault(list("Commands to run when a hook or a migration has failed, in order.", hook), []),
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
      "How long a statement of a migration may wait for a lock, in seconds. Everything that wants the same table queues behind it meanwhile. Then the migration is rolled back and tried again.",
      { unit: "seconds", minimum: 0.001, maximum: 3600 },
    ),
    2,
  ),
  lockRetrySeconds: withDefault(
    number("How long a migration is tried again when it cannot get a lock, in seconds; exit 75 after that.", {
      unit: "seconds",
      minimum: 0,
      maximum: 86_400,
    }),
    600,
  ),
  verifySeconds: withDefault(
    number(
      "How long the health check's own connections may take to see what was migrated, in seconds: a replica may lag. Exit 1 after that.",
      { unit: "seconds", minimum: 0, maximum: 3600 },
    ),
    10,
  ),
  connectTimeoutSeconds: withDefault(
    number("How long to go on trying to reach a database that does not answer, in seconds; exit 69 after that.", {
      unit: "seconds",
      minimum: 0,
      maximum: 3600,
    }),
    30,
  ),
});

const health = object("The internal health endpoint.", {
  listen: withDefault(
    text("Address and port, or a unix socket. Port 0 takes a free one, which the log names.", {
      expected: "host:port with a port up to 65535, or unix:/path, as in 127.0.0.1:7979",
      pattern:
        /^(unix:\/.+|(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):([0-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5]))$/,
      examples: ["127.0.0.1:7979", "0.0.0.0:7979", "unix:/run/seaworthy.sock"],
    }),
    "127.0.0.1:7979",
  ),
  details: withDefault(
    choice(
      "Who is told more than the status: which dependency, needed and found, what to run. `loopback`: only who asks from this machine.",
      ["always", "loopback", "never"],
    ),
    "always",
  ),
  notifications: withDefault(
    flag(
      "Keep one connection open for each database, on which the end of an upgrade is announced, and by which an upgrade sees that this instance is alive. Without it the end is seen by polling.",
    ),
    true,
  ),
});

const stop = object("How the app is stopped when the container is.", {
  signal: optional(
    signal(
      "Sent to the app to stop it, as nginx wants QUIT; where it reaches seaworthy, it asks for the stop as SIGTERM does. Default: the signal that asked.",
    ),
  ),
  drainSeconds: withDefault(
    number("How long the app goes on serving after SIGTERM while health already says `draining`, in seconds.", {
      unit: "seconds",
      minimum: 0,
      maximum: 3600,
    }),
    0,
  ),
  graceSeconds: withDefault(graceSeconds, 10),
  group: withDefault(
    flag("Signal the app's whole process group instead of its first process. It then gets a session of its own."),
    false,
  ),
});

const readinessChecks = {
  tcp: optional(text("host:port that accepts a connection.", { examples: ["127.0.0.1:9000"] })),
  http: optional(
    text("URL that answers with a status from 200 to 399.", {
      pattern: /^http:\/\//,
      expected: "a URL that starts with http://",
    }),
  ),
  socket: optional(text("Path of a unix socket that accepts a connection.", { examples: ["/run/php-fpm.sock"] })),
  file: optional(text("Path of a file that exists.")),
  command: optional(argv("Command that exits with 0.")),
} as const;

const readiness = object("When a process counts as ready: exactly one of these is asked every 200 ms.", {
  ...readinessChecks,
  timeoutSeconds: withDefault(
    number("How long it may take, in seconds; then the process is stopped and counts as failed.", {
      unit: "seconds",
      minimum: 0.1,
      maximum: 86_400,
    }),
    60,
  ),
});

const app = object("The application in this image.", {
  name: optional(text("Name under which releases are recorded. Default: the name in package.json, else `app`.")),
  version: optional(
    text("Version of this image. Default: $APP_VERSION, else the version in package.json.", { examples: ["2.3.0"] }),
  ),
  ready: optional(
    object("The app's own readiness, a part of its health: exactly one of these is asked every 2 s.", readinessChecks),
  ),
});

const processSettings = object("A process of this container.", {
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

const log = object("What seaworthy writes to stderr about itself. The app's output passes through untouched.", {
  format: withDefault(
    choice("`human` for people, `json` for machines, `auto`: human on a terminal, JSON elsewhere.", [
      "auto",
      "human",
      "json",
    ]),
    "auto",
  ),
  level: withDefault(choice("The least severe events to write.", ["debug", "info", "warn", "error"]), "info"),
});

/** The whole configuration: what is allowed, what it means, and what is assumed where nothing is said. */
export const settingsShape = object("Configuration of seaworthy, the container entrypoint.", {
  $schema: optional(value("Where an editor finds the schema of this file. Not read by seaworthy.")),
  app: withDefault(app, {}),
  run: optional(argv("Command to run when the container is started without one. CMD wins over it.")),
  dependencies: withDefault(
    map(
      "What the app depends on, by a name of your choice, and the version that it needs.",
      oneOfKinds("A dependency: its kind decides its other keys.", {
        schema: schemaDependency,
        release: releaseDependency,
        server: serverDependency,
        http: httpDependency,
        file: fileDependency,
        command: commandDependency,
        tcp: tcpDependency,
      }),
    ),
    {},
  ),
  requireDependencies: optional(
    flag(
      "Whether there must be a dependency. `true`: without one nothing starts (78). `false`: none is fine. Left out: a warning, if a database or migrations were found and no dependency came of it.",
    ),
  ),
  upgrade: withDefault(upgrade, {}),
  start: withDefault(
    choice("When the app is started. `when-compatible`: it is held back until its dependencies are.", [
      "immediately",
      "when-compatible",
    ]),
    "immediately",
  ),
  processes: optional(
    map("Several processes instead of one command, by names of your choice.", processSettings, { minimum: 1 }),
  ),
  stop: withDefault(stop, {}),
  signals: withDefault(
    signalMap(
      "Signals that the app gets in another's place, as `{ TERM: QUIT, WINCH: none }`. Names with or without SIG, or numbers.",
    ),
    {},
  ),
  exitCodes: withDefault(exitCodeMap("Exit codes of the container in place of the app's, as `{ 143: 0 }`."), {}),
  health: withDefault(offOr(health), {}),
  log: withDefault(log, {}),
});

type ReadSettings = Infer<typeof settingsShape>;

/** The configuration as the program uses it: read, checked, and completed. */
export interface Settings extends Omit<ReadSettings, "app"> {
  readonly app: ReadSettings["app"] & { readonly name: string };
}
export type ProcessSettings = NonNullable<Settings["processes"]>[string];
export type DependencySettings = Settings["dependencies"][string];
