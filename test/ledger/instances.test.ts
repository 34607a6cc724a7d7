import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findEngine } from "../../src/ledger/engines.ts";
import { engines } from "./engines.ts";

const history = "seaworthy.migrations";
const instance = (id: string, version: string | undefined, app = "shop") => ({ id, app, version, host: `host-${id}` });

for (const [name, { lacks, create }] of Object.entries(engines)) {
  const { instances } = (await findEngine(name as Parameters<typeof findEngine>[0])) ?? {};
  assert.ok(instances);
  describe(`live instances in ${name}`, { skip: lacks ?? false }, () => {
    test("without an upgrade, nothing is recorded, and nothing is created", async () => {
      await using database = await create();
      const ledger = await database.open();
      assert.equal(await instances.report(ledger.session, instance("a", "1.0.0")), undefined);
      assert.equal(await instances.list(ledger.session, "shop"), undefined);
      assert.equal(await ledger.findOlderInstances("shop", "2.0.0"), undefined);
    });

    test("are counted by version, named to a contract migration, and withdrawn", async () => {
      await using database = await create();
      const ledger = await database.open();
      const locked = await (await ledger.openUpgradeLock()).acquire([], 0);
      await locked.createTables([history], true);
      const { session } = ledger;
      assert.equal(await ledger.findOlderInstances("shop", "2.0.0"), undefined, "the ledger is new, and so is the app");

      assert.equal(await instances.report(session, instance("a", "1.0.0")), 1);
      assert.equal(await instances.report(session, instance("b", "1.0.0")), 2);
      assert.equal(await instances.report(session, instance("b", "1.0.0")), 2, "the same instance");
      assert.equal(await instances.report(session, instance("c", undefined)), 3);
      assert.equal(await instances.report(session, instance("d", "1.0.0", "another")), 1);
      const listed = await instances.list(session, "shop");
      assert.deepEqual(
        listed?.map(({ version, count, hosts }) => ({ version, count, hosts })),
        [
          { version: "1.0.0", count: 2, hosts: ["host-a", "host-b"] },
          { version: undefined, count: 1, hosts: ["host-c"] },
        ],
      );
      assert.match(listed[0]?.since ?? "", /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(
        await locked.findOlderInstances("shop", "2.0.0"),
        "instances older than 2.0.0 are alive: 1.0.0 (host-a, host-b), of unknown version (host-c)",
      );
      await instances.withdraw(session, "c");
      assert.equal(await locked.findOlderInstances("shop", "1.0.0"), undefined, "they are at the floor");
      await instances.withdraw(session, "a");
      await instances.withdraw(session, "b");
      assert.equal(await locked.findOlderInstances("shop", "2.0.0"), undefined);
      await locked.release();
    });

    test("where only the table of instances is new, older ones may be alive", async () => {
      await using database = await create();
      const ledger = await database.open();
      const locked = await (await ledger.openUpgradeLock()).acquire([], 0);
      await locked.createTables([history], true);
      await database.drop("seaworthy.instances");
      const reason = /^instances older than 2\.0\.0 may be alive: seaworthy began to record live instances \d s ago/;
      assert.match((await ledger.findOlderInstances("shop", "2.0.0")) ?? "", reason);
      await locked.createTables([history], true);
      assert.match((await locked.findOlderInstances("shop", "2.0.0")) ?? "", reason);
      await locked.release();
    });
  });
}
