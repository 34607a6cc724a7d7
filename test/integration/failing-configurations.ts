import { configuration, type ImageFiles } from "../harness/image.ts";
import { app, oneMigration } from "./failing-app.ts";
import type { FailingInvocation, Places } from "./failing-invocation.ts";

export function failingConfigurations({ url, takenListen }: Places): readonly FailingInvocation[] {
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
    row("a misspelled kind", configuration({ dependencies: { db: { kind: "shema" } } }), [
      "dependencies.db.kind: expected one of schema, release",
      "(did you mean schema?)",
      'received the string "shema"',
    ]),
    row("a longer word for a level", configuration({ log: { level: "warning" } }), [
      "log.level: expected one of debug, info, warn, error (did you mean warn?)",
    ]),
    row("a misspelled signal", configuration({ stop: { signal: "QIUT" } }), [
      "stop.signal: expected a signal's name or number",
      "(did you mean QUIT?)",
    ]),
    row(
      "a comparison without quotes",
      { "seaworthy.yaml": "dependencies:\n  db:\n    kind: server\n    requires: >=14\n    url: x" },
      ["seaworthy.yaml:4:16: cannot parse YAML", "Put the value in quotes: in YAML, > begins a block of text"],
    ),
    row(
      "a reference without quotes in a map on one line",
      { "seaworthy.yaml": "dependencies: {db: {kind: server, url: ${SECRET_URL}}}" },
      ["seaworthy.yaml:1:4", "Put the value in quotes: in a YAML list or map on one line, { begins another map"],
    ),
    row("a value that begins with @", { "seaworthy.yaml": "app:\n  name: @shop" }, [
      "seaworthy.yaml:2:9: cannot parse YAML",
      "Put the value in quotes: in YAML, a value cannot begin with this character",
    ]),
    row("a duration beyond the limit", configuration({ upgrade: { verifySeconds: "2h" } }), [
      "upgrade.verifySeconds: expected a number of seconds from 0 to 3600, or a duration such as 30s",
      'received the string "2h"',
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
    ...["url", "ledger"].map((key) =>
      row(`upgrade.${key} of something else`, configuration({ upgrade: { [key]: "redis://host" } }), [
        `upgrade.${key}: it leads to Redis, which has no schema`,
        "Write a URL that starts with postgres://",
      ]),
    ),
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
      ["the migration 1_a is in both dependencies.one and dependencies.other", "`table:`"],
    ),
  ];
}
