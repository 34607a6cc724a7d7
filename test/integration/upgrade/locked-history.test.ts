import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { assertCode, run, start } from "../../fixtures/upgrade/shop.ts";
import { tool } from "../../fixtures/upgrade/tool.ts";
import { configuration } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { releasesIn } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

describe("a history that another session locks between the upgrade and the look after it", () => {
  for (const [history, table, upgrade] of [
    ["seaworthy's own", "seaworthy.migrations", {}],
    ["another tool's", '"SequelizeMeta"', { migrate: tool }],
  ] as const) {
    /** Starts an upgrade, and takes the lock when everything is applied. */
    async function upgradeUntilLocked(verifySeconds: number) {
      const database = await suite.database();
      const image = suite.image({
        ...configuration({
          app: { name: "shop", version: "1.0.0" },
          dependencies: {
            schema: { kind: "schema", url: database.url, ...("migrate" in upgrade && { history: "umzug" }) },
          },
          upgrade: {
            ...upgrade,
            verifySeconds,
            after: [["sh", "-c", "echo all applied; until [ -e gate ]; do sleep 0.01; done"]],
          },
        }),
        "migrations/1_a.sql": "CREATE TABLE a (id int);",
      });
      const upgrading = start(image, ["--upgrade"]);
      await upgrading.waitForOutput("all applied");
      const other = await openSession(database, "other");
      await other.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      image.write("gate", "");
      return { database, image, upgrading, other };
    }

    test(`${history}: 75 with the reason while it is locked, nothing recorded; afterwards 0`, async () => {
      const { database, image, upgrading, other } = await upgradeUntilLocked(0.3);
      const ended = await upgrading.ended;
      await other.query("ROLLBACK");
      await other[Symbol.asyncDispose]();
      assertCode(ended, 75);
      assert.match(ended.stderr, /another session holds a lock on the table that records its migrations/);
      assert.doesNotMatch(ended.stderr, /still behind|upgraded shop/);
      assert.deepEqual(await releasesIn(database), []);
      assertCode(await run(image, ["--upgrade"]), 0);
      assert.equal((await releasesIn(database)).length, 1);
    });

    test(`${history}: the upgrade waits for the lock, and then succeeds (control)`, async () => {
      const { database, upgrading, other } = await upgradeUntilLocked(600);
      await upgrading.waitForOutput("is locked");
      assert.deepEqual(await database.query("SELECT to_regclass('a') IS NULL AS none"), [{ none: false }]);
      await other.query("ROLLBACK");
      await other[Symbol.asyncDispose]();
      const ended = await upgrading.ended;
      assertCode(ended, 0);
      assert.doesNotMatch(ended.stderr, /still behind/);
    });
  }
});
