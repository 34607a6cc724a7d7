import { configuration, type ImageFiles } from "../harness/image.ts";

/** One wrong way to call seaworthy, and the expected message. */
export interface FailingInvocation {
  readonly name: string;
  readonly argv: readonly string[];
  readonly files: ImageFiles;
  readonly environment?: Readonly<Record<string, string>>;
  readonly code: number;
  /** The cause, the key, the value and the fix, in the order of the first error. */
  readonly says: readonly string[];
  /** Parts of some of the other lines, in order. */
  readonly further?: readonly string[];
}

/** Addresses that fail in different ways. */
export interface Places {
  /** A database with a valid user and password. */
  readonly url: string;
  readonly wrongPassword: string;
  readonly wrongDatabase: string;
  /** An address without a server. */
  readonly down: string;
  /** A host:port in use. */
  readonly takenListen: string;
}

const oneMigration = { "migrations/1_a.sql": "SELECT 1;" };
const app = { name: "shop", version: "2.0.0" };

/** Mistakes that users make. None of them changes the database at `url`. */
export function failingInvocations(places: Places): readonly FailingInvocation[] {
  return [...commandLines(), ...configurations(places), ...databases(places), ...migrations(places), ...hooks(places)];
}

function commandLines(): readonly FailingInvocation[] {
  const row = (name: string, argv: readonly string[], ...says: readonly string[]) => ({
    name,
    argv,
    files: {},
    code: 64,
    says,
  });
  return [
    row("an unknown flag", ["--upgrad"], "unknown flag --upgrad", "did you mean --upgrade?", "--help"),
    row("a flag without a similar one", ["-x"], "unknown flag -x", "--help"),
    row("two modes", ["--upgrade", "--status"], "--upgrade and --status cannot be used together"),
    row("a command after a mode", ["--upgrade", "nginx"], "--upgrade takes no command", '"nginx"'),
    row("--json without --status", ["--json"], "--json needs --status"),
    row("--config without a file", ["--config"], "config", "--help"),
    row("nothing to run", [], "there is nothing to run", "CMD", "`run:`"),
  ];
}

function configurations({ url, takenListen }: Places): readonly FailingInvocation[] {
  const row = (
    name: string,
    files: ImageFiles,
    says: readonly string[],
    more: Partial<FailingInvocation> = {},
  ): FailingInvocation => ({ name, argv: ["--status"], files, code: 78, says, ...more });
  const schema = { kind: "schema", url };
  return [
    row("an unknown key", configuration({ dependancies: {} }), [
      "seaworthy.yaml: dependancies: is not a known key",
      "did you mean dependencies?",
    ]),
    row("an unknown key inside", configuration({ dependencies: { db: { ...schema, migration: "./m" } } }), [
      "dependencies.db.migration: is not a known key",
      "did you mean migrations?",
    ]),
    row("an unknown kind", configuration({ dependencies: { db: { kind: "sqlite" } } }), [
      "dependencies.db.kind: expected one of schema, release",
      'received the string "sqlite"',
    ]),
    row("a kind that is a property of every object", configuration({ dependencies: { db: { kind: "constructor" } } }), [
      "dependencies.db.kind: expected one of",
      '"constructor"',
    ]),
    row("a wrong type", configuration({ upgrade: { lockTimeoutSeconds: "soon" } }), [
      "upgrade.lockTimeoutSeconds: expected a number of seconds from 0 to 86400",
      'received the string "soon"',
    ]),
    row("a version that YAML reads as a number", { "seaworthy.yaml": "app: {version: 2.10}" }, [
      "app.version: expected text in quotes",
      "received the number 2.1",
    ]),
    row(
      "several problems at once",
      configuration({ log: { level: "loud" }, app: { name: "" }, run: [] }),
      ['app.name: expected text, received the string ""'],
      {
        further: [
          "run: expected a command as a list of words, as in [nginx, -g, daemon off;], received an empty list",
          'log.level: expected one of debug, info, warn, error, received the string "loud"',
        ],
      },
    ),
    row(
      "a port beyond the last",
      {},
      ["SEAWORTHY_HEALTH_LISTEN: health.listen: expected host:port", "65535", '"127.0.0.1:65536"'],
      { environment: { SEAWORTHY_HEALTH_LISTEN: "127.0.0.1:65536" } },
    ),
    row("an unset variable", configuration({ dependencies: { db: { kind: "schema", url: "${NO_SUCH_URL}" } } }), [
      "dependencies.db.url: needs the environment variable NO_SUCH_URL, which is not set",
      "NO_SUCH_URL_FILE",
      "${NO_SUCH_URL:-default}",
    ]),
    row("an invalid reference", configuration({ app: { name: "${1}" } }), [
      "app.name: cannot read ${1}",
      "expected ${NAME}",
    ]),
    row(
      "one of seaworthy's variables with a wrong value",
      {},
      ["SEAWORTHY_LOG_LEVEL: log.level: expected one of", '"loud"'],
      {
        environment: { SEAWORTHY_LOG_LEVEL: "loud" },
      },
    ),
    row(
      "a configuration file that is missing",
      {},
      ["cannot read the configuration file", "nowhere.yaml", "--config"],
      {
        argv: ["--config", "nowhere.yaml", "--status"],
      },
    ),
    row("YAML that cannot be parsed", { "seaworthy.yaml": `app:\n  name: shop\n   url: ${url}\n` }, [
      "seaworthy.yaml:3:",
      "cannot parse YAML",
    ]),
    row("JSON that cannot be parsed", { "seaworthy.json": `{\n  "run": ["${url}"],\n  "app": nope }` }, [
      "seaworthy.json:3:11: cannot parse JSON: Unexpected token 'o'",
    ]),
    row("JSON with an extra comma", { "seaworthy.json": `{ "run": ["${url}"],}` }, [
      "seaworthy.json:1:",
      "cannot parse JSON: Expected double-quoted property name",
    ]),
    row(
      "a secret both ways",
      { ...configuration({ dependencies: { db: { kind: "schema", url: "${DB_URL}" } } }) },
      ["both DB_URL and DB_URL_FILE are set", "Set only one"],
      { environment: { DB_URL: url, DB_URL_FILE: "/run/secrets/db" } },
    ),
    row(
      "a secret that is not mounted",
      configuration({ dependencies: { db: { kind: "schema", url: "${DB_URL}" } } }),
      ["cannot read the secret that DB_URL_FILE names", "/run/secrets/no-such-secret"],
      { environment: { DB_URL_FILE: "/run/secrets/no-such-secret" } },
    ),
    row("a URL of another database", configuration({ upgrade: { url: "mysql://host/db" } }), [
      "upgrade.url: it leads to MySQL, and seaworthy keeps the lock and the record of an upgrade in Postgres only",
      "Write a URL that starts with postgres://",
    ]),
    row(
      "a range that is none",
      configuration({ dependencies: { shop: { kind: "release", url, requires: "latest" } } }),
      ["dependencies.shop.requires: expected a version range", '"latest"'],
    ),
    row(
      "an app version that is none",
      configuration({ app: { version: "latest" }, dependencies: { shop: { kind: "release", url } } }),
      ["app.version: expected a version", '"latest"', "dependencies.shop.requires"],
    ),
    row("no required version", configuration({ dependencies: { shop: { kind: "release", url } } }), [
      "dependencies.shop.requires is missing",
      "APP_VERSION",
    ]),
    row(
      "a port in use",
      configuration({ health: { listen: takenListen } }),
      [`cannot serve health on ${takenListen}: `, "in use", "health.listen", "SEAWORTHY_HEALTH_LISTEN"],
      { argv: ["sh", "-c", "exec sleep 1000"], environment: { SEAWORTHY_HEALTH_LISTEN: takenListen } },
    ),
    row("nothing to upgrade", configuration({ app }), ["there is nothing to upgrade", "DATABASE_URL", "./migrations"], {
      argv: ["--upgrade"],
    }),
    row(
      "one upgrade.url for two databases",
      {
        ...oneMigration,
        ...configuration({
          dependencies: { one: schema, other: { kind: "schema", url: `${url}_other` } },
          upgrade: { url },
        }),
      },
      ["upgrade.url stands for one database", "2 different URLs"],
      { argv: ["--upgrade"] },
    ),
    row(
      "two URLs of one database",
      {
        ...oneMigration,
        ...configuration({
          dependencies: { one: schema, other: { kind: "schema", url: `${url}?x=1`, table: "seaworthy.other" } },
        }),
      },
      ["two dependencies reach the same database by different URLs", "Nothing was changed"],
      { argv: ["--upgrade"] },
    ),
    row(
      "one migration in two folders of one history",
      {
        ...oneMigration,
        "more/1_a.sql": "SELECT 2;",
        ...configuration({ dependencies: { one: schema, other: { ...schema, migrations: "./more" } } }),
      },
      ["the migration 1_a stands in dependencies.one and dependencies.other", "`table:`"],
    ),
  ];
}

function databases({ down, wrongPassword, wrongDatabase, url }: Places): readonly FailingInvocation[] {
  const row = (name: string, place: string, ...says: readonly string[]): FailingInvocation => ({
    name,
    argv: ["--upgrade"],
    files: {
      ...oneMigration,
      ...configuration({
        app,
        dependencies: { db: { kind: "schema", url: place } },
        upgrade: { connectTimeoutSeconds: 0 },
      }),
    },
    code: 69,
    says,
  });
  const withoutPassword = new URL(url);
  withoutPassword.password = "";
  return [
    row("a database that is down", down, "cannot reach Postgres at 127.0.0.1:", "connection refused", "running"),
    row("a wrong password", wrongPassword, "cannot reach Postgres", "password authentication failed", "Check the user"),
    row("a database that does not exist", wrongDatabase, "cannot reach Postgres", "does not exist", "Create it"),
    row("no password", withoutPassword.href, "cannot reach Postgres", "asks for a password", "Put it into the URL"),
    row(
      "a host that does not exist",
      "postgres://shop@no-such-host.invalid/shop",
      "no-such-host.invalid",
      "Check the host",
    ),
  ];
}

function migrations({ url }: Places): readonly FailingInvocation[] {
  const row = (
    name: string,
    files: ImageFiles,
    says: readonly string[],
    more: Partial<FailingInvocation> = {},
  ): FailingInvocation => ({
    name,
    argv: ["--upgrade"],
    files: { ...configuration({ app, dependencies: { db: { kind: "schema", url } } }), ...files },
    code: 78,
    says,
    ...more,
  });
  const missing = [
    "cannot read the migrations folder ",
    "/migrations: it does not exist",
    "`migrations:`",
    "copies the folder",
  ];
  const empty = ["the migrations folder ", "/migrations holds no ", ".sql", "`migrations:`", "copies the files"];
  const emptyFolder = { "migrations/README.md": "none yet" };
  return [
    row("a migrations folder that is missing", {}, missing),
    row("a migrations folder that is missing, in run mode", {}, missing, { argv: ["echo", "the app was started"] }),
    row("a migrations folder that is missing, for --status", {}, missing, { argv: ["--status"] }),
    row("a migrations folder that is empty", emptyFolder, empty),
    row("a migrations folder that is empty, in run mode", emptyFolder, empty, {
      argv: ["echo", "the app was started"],
    }),
    row("two migrations with the same name", { "migrations/1_a.sql": "", "migrations/1_a.up.sql": "" }, [
      "two migrations have the name 1_a",
      "migrations/1_a.sql and ",
      "migrations/1_a.up.sql",
      "Rename",
    ]),
    row("two migrations whose names differ in case", { "migrations/1_a.sql": "", "migrations/1_A.sql": "" }, [
      "two migrations have the name",
    ]),
    row("COMMIT in a migration", { "migrations/1_a.sql": "CREATE TABLE a ();\n  COMMIT;" }, [
      "migrations/1_a.sql:2:3: COMMIT inside a migration",
      "Remove it",
    ]),
    row("a migration in TypeScript", { "migrations/1_a.ts": "export {};" }, [
      "migrations/1_a.ts: TypeScript is not run",
      "Compile it",
    ]),
    row("a repeatable migration of Flyway", { "migrations/R__view.sql": "SELECT 1;" }, [
      "migrations/R__view.sql: repeatable migrations of Flyway are not run",
    ]),
    row("an unknown directive", { "migrations/1_a.sql": "-- seaworthy: no-transactoin\nSELECT 1;" }, [
      'migrations/1_a.sql:1: unknown directive "no-transactoin"',
      "did you mean no-transaction?",
    ]),
    row(
      "a migration with a syntax error",
      { "migrations/1_a.sql": "CREATE TABEL a ();" },
      ["cannot apply migration 1_a (", "migrations/1_a.sql:1:8)", 'syntax error at or near "TABEL"'],
      { code: 1, further: ["applied before it, and kept: nothing", "rolled back: 1_a", "not run: nothing else"] },
    ),
    row("a migration with an unclosed quote", { "migrations/1_a.sql": "SELECT 1;\nSELECT 'oops;\n" }, [
      "migrations/1_a.sql:2:8:",
      "the string that begins here with ' is never closed",
    ]),
    row("a statement that cannot run in a transaction", { "migrations/1_a.sql": "VACUUM;" }, [
      "migrations/1_a.sql:1:1: VACUUM cannot run in a transaction",
      "Put `-- seaworthy: no-transaction` at the head",
    ]),
  ];
}

function hooks({ url }: Places): readonly FailingInvocation[] {
  const row = (
    name: string,
    upgrade: object,
    code: number,
    says: readonly string[],
    settings: object = { app },
  ): FailingInvocation => ({
    name,
    argv: ["--upgrade"],
    files: {
      ...oneMigration,
      "not-executable": "#!/bin/sh\n",
      ...configuration({ dependencies: { db: { kind: "schema", url } }, upgrade, ...settings }),
    },
    code,
    says,
  });
  return [
    row("a hook that fails", { before: [["sh", "-c", "env; exit 3"]] }, 1, [
      "upgrade.before[0] (sh) failed with exit code 3",
      "run --upgrade again",
    ]),
    row("a hook that is killed", { before: [["true"], ["sh", "-c", "kill -KILL $$"]] }, 1, [
      "upgrade.before[1] (sh) was ended by SIGKILL",
    ]),
    row("a hook that cannot be run", { before: [["./not-executable"]] }, 1, [
      "upgrade.before[0] (./not-executable) cannot be run: EACCES",
    ]),
    row("a hook that cannot be found", { before: [["true"]], after: [["true"], ["no-such-command"]] }, 78, [
      'upgrade.after[1]: cannot find the command "no-such-command"',
      "Nothing was changed",
    ]),
    row(
      "hooks without a version",
      { after: [["true"]] },
      78,
      ["upgrade.after[0]: hooks run once a release, and this image has no version", "APP_VERSION"],
      {},
    ),
  ];
}
