import { object, optional, required, withDefault, type Infer } from "./shape.ts";
import { argv, choice, list, map, number, offOr, oneOfKinds, text } from "./values.ts";

const postgresUrl = text("Connection URL of a Postgres database. Percent-encode special characters in the password.", {
  expected: "a URL that starts with postgres://",
  pattern: /^postgres(ql)?:\/\/\S+$/,
  examples: ["${DATABASE_URL}", "postgres://user:secret@host:5432/database"],
});

const whenUnreachable = choice(
  "What the health check says of this dependency while it cannot be reached. `warn`: fail until it was once seen compatible, warn after (a database that blinks must not kill every container at once). `fail`: fail always.",
  ["warn", "fail"],
);

const schemaDependency = object("Every migration in the image's folder must have been applied to the database.", {
  url: required(postgresUrl),
  migrations: withDefault(
    text("Folder with the image's migrations, relative to the working directory: `.sql` files, applied in name order."),
    "./migrations",
  ),
  table: withDefault(
    text(
      "Table that records what was applied, as schema.table. Applications that share a database each need their own.",
      {
        expected: "a schema and a table in lower case, as in seaworthy.migrations",
        pattern: /^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$/,
      },
    ),
    "seaworthy.migrations",
  ),
  whenUnreachable: withDefault(whenUnreachable, "warn"),
});

const releaseDependency = object("The app version that the last successful `--upgrade` recorded must be in a range.", {
  url: required(postgresUrl),
  app: optional(text("Name of the application whose release is read. Default: `app.name`.")),
  requires: optional(
    text("Range that the recorded version must be in. Default: `>=` followed by `app.version`.", {
      examples: [">=2.1.0"],
    }),
  ),
  whenUnreachable: withDefault(whenUnreachable, "warn"),
});

const app = object("The application in this image.", {
  name: optional(text("Name under which releases are recorded. Default: the name in package.json, else `app`.")),
  version: optional(
    text("Version of this image. Default: $APP_VERSION, else the version in package.json.", { examples: ["2.3.0"] }),
  ),
});

const upgrade = object("What `--upgrade` does, and with which rights.", {
  url: optional(postgresUrl),
  before: withDefault(
    list("Commands to run before the migrations, in order.", argv("A command as a list of words.")),
    [],
  ),
  after: withDefault(
    list("Commands to run after the migrations, in order.", argv("A command as a list of words.")),
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
    text("Address and port. Port 0 takes a free one, which the log names.", {
      expected: "host:port, as in 127.0.0.1:7979",
      pattern: /^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):(\d{1,5})$/,
    }),
    "127.0.0.1:7979",
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
  app: withDefault(app, {}),
  run: optional(argv("Command to run when the container is started without one. CMD wins over it.")),
  dependencies: withDefault(
    map(
      "What the app depends on, by a name of your choice, and the version that it needs.",
      oneOfKinds("A dependency: its kind decides its other keys.", {
        schema: schemaDependency,
        release: releaseDependency,
      }),
    ),
    {},
  ),
  upgrade: withDefault(upgrade, {}),
  health: withDefault(offOr(health), {}),
  log: withDefault(log, {}),
});

type ReadSettings = Infer<typeof settingsShape>;

/** The configuration as the program uses it: read, checked, and completed. */
export interface Settings extends Omit<ReadSettings, "app"> {
  readonly app: { readonly name: string; readonly version?: string };
}
export type DependencySettings = Settings["dependencies"][string];
