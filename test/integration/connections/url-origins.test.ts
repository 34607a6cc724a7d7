import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertCode, run } from "../../fixtures/upgrade/shop.ts";
import { configuration, type ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";

const suite = openSuite();
after(() => suite.end());

const migrations = { "migrations/1_a.sql": "CREATE TABLE a (id int);" };
const mysql = "mysql://shop:story-secret@127.0.0.1:1/shop";
/** It has no schema. */
const redis = "redis://shop:story-secret@127.0.0.1:1/0";
const upgrading = [["--upgrade"], ["--plan"], ["--baseline", "1_a"]] as const;
const always = [...upgrading, ["--status"], ["true"]] as const;

interface Case {
  readonly title: string;
  readonly files?: ImageFiles;
  readonly environment?: Readonly<Record<string, string>>;
  readonly modes?: readonly (readonly string[])[];
  readonly says: RegExp;
}

const own = (origin: string) => new RegExp(`${origin}: it leads to Redis, which has no schema\\. Write a URL that`);
const fromDependency = configuration({ dependencies: { orders: { kind: "schema", url: "${DATABASE_URL}" } } });
const fixed = configuration({ dependencies: { orders: { kind: "schema", url: redis } } });
const forUpgrade = configuration({
  dependencies: { orders: { kind: "schema", url: "postgres://127.0.0.1:1/shop" } },
  upgrade: { url: "${MIGRATION_URL}" },
});
const elsewhere = (origin: string) =>
  new RegExp(
    `${origin},? leads to MySQL, but the dependencies are in Postgres at 127\\.0\\.0\\.1:1/shop\\. .*write upgrade\\.ledger`,
  );

const cases: readonly Case[] = [
  { title: "DATABASE_URL", environment: { DATABASE_URL: redis }, says: own("seaworthy: error: DATABASE_URL") },
  {
    title: "DATABASE_URL in .env",
    files: { ".env": `DATABASE_URL=${redis}` },
    says: own("seaworthy: error: DATABASE_URL in \\.env"),
  },
  {
    title: "DATABASE_URL_FILE",
    files: { secret: `${redis}\n` },
    environment: { DATABASE_URL_FILE: "secret" },
    says: own("seaworthy: error: DATABASE_URL_FILE"),
  },
  {
    title: "DATABASE_URL beside a valid UPGRADE_DATABASE_URL",
    environment: { DATABASE_URL: redis, UPGRADE_DATABASE_URL: "postgres://127.0.0.1:1/shop" },
    says: own("seaworthy: error: DATABASE_URL"),
  },
  {
    title: "a configuration file that uses DATABASE_URL",
    files: fromDependency,
    environment: { DATABASE_URL: redis },
    says: own("/\\S+/seaworthy\\.yaml: dependencies\\.orders\\.url, from DATABASE_URL"),
  },
  {
    title: "a configuration file",
    files: fixed,
    says: own("/\\S+/seaworthy\\.yaml: dependencies\\.orders\\.url"),
  },
  {
    title: "UPGRADE_DATABASE_URL",
    environment: { DATABASE_URL: "postgres://127.0.0.1:1/shop", UPGRADE_DATABASE_URL: mysql },
    modes: upgrading,
    says: elsewhere("seaworthy: error: UPGRADE_DATABASE_URL"),
  },
  {
    title: "upgrade.url in a configuration file",
    files: forUpgrade,
    environment: { MIGRATION_URL: mysql },
    modes: upgrading,
    says: elsewhere("upgrade\\.url in /\\S+/seaworthy\\.yaml, from MIGRATION_URL"),
  },
  {
    title: "SEAWORTHY_UPGRADE_URL",
    environment: { DATABASE_URL: "postgres://127.0.0.1:1/shop", SEAWORTHY_UPGRADE_URL: mysql },
    modes: upgrading,
    says: elsewhere("upgrade\\.url, from SEAWORTHY_UPGRADE_URL"),
  },
  {
    title: "DATABASE_URL with an invalid port",
    environment: { DATABASE_URL: "postgres://shop:story-secret@db:99999/shop" },
    says: /seaworthy: error: DATABASE_URL: .*port.*99999/,
  },
];

describe("a refused URL is reported with its source", { concurrency: 2 }, () => {
  for (const { title, files = {}, environment = {}, modes = always, says } of cases) {
    test(title, async () => {
      const image = suite.image({ ...migrations, ...files });
      for (const argv of modes) {
        const ended = await run(image, argv, { environment });
        assertCode(ended, 78);
        assert.match(ended.stderr, says, argv.join(" "));
        assert.doesNotMatch(ended.stderr, /story-secret/);
        // Reported once, for any number of uses.
        assert.equal(ended.stderr.trim().split("\n").length, 1, ended.stderr);
        if (!/upgrade\.url|UPGRADE/.test(title)) assert.doesNotMatch(ended.stderr, /: upgrade\.url/);
      }
    });
  }

  test("control: the same image on a Postgres is upgraded, and the log names the variable", async () => {
    const database = await suite.database();
    const image = suite.image(migrations);
    const ended = await run(image, ["--upgrade"], {
      environment: { DATABASE_URL: database.url, APP_VERSION: "1.0.0" },
    });
    assertCode(ended, 0);
    assert.match(ended.stderr, /from DATABASE_URL|\(DATABASE_URL\)|DATABASE_URL/);
  });
});
