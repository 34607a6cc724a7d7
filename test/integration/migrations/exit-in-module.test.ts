import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertCode, run, shopFiles, upgrade } from "../../fixtures/upgrade/shop.ts";
import { openSuite } from "../../harness/leaks.ts";
import { scratchPath } from "../../harness/scratch.ts";

const suite = openSuite();
after(() => suite.end());

describe(
  "a migration that calls process.exit(0) does not make an unfinished upgrade a success",
  { concurrency: 2 },
  () => {
    const migrations = {
      "1_a.sql": "CREATE TABLE a (x int);",
      "2_b.mjs": 'export async function up({ query }) { await query("INSERT INTO a VALUES (1)"); process.exit(0); }',
    };
    const urls = {
      Postgres: async () => (await suite.database()).url,
      SQLite: async () => `sqlite:${scratchPath("app.db")}`,
    };
    for (const [engine, createUrl] of Object.entries(urls)) {
      test(`in ${engine}`, async () => {
        const url = await createUrl();
        const { stderr } = await upgrade(suite.image(shopFiles({ url, migrations })), [], 1);
        assert.match(
          stderr,
          /--upgrade was ended before it was done: a migration, .* called process\.exit\(\)\. Remove the call/,
        );
        const fixed = {
          ...migrations,
          "2_b.mjs": 'export const up = ({ query }) => query("INSERT INTO a VALUES (2)");',
        };
        await upgrade(suite.image(shopFiles({ url, migrations: fixed })));
      });
    }

    test("as soon as it is loaded", async () => {
      const { url } = await suite.database();
      const image = suite.image(
        shopFiles({ url, migrations: { ...migrations, "2_b.mjs": "export const up = () => {}; process.exit(0);" } }),
      );
      assertCode(await run(image, ["--upgrade"]), 1);
    });
  },
);
