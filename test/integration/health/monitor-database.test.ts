import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createDatabase, type TestDatabase } from "../../harness/database.ts";
import { startWatched } from "../../harness/health.ts";
import { createShop } from "../../harness/shop.ts";
import { waitFor } from "../../harness/wait.ts";

let database: TestDatabase;
before(async () => {
  database = await createDatabase();
});
after(() => database.drop());

/** The connections to the database, without the one that asks. */
async function connections(of = database): Promise<readonly string[]> {
  const rows = await of.query(
    "SELECT application_name AS name FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  return rows.map(({ name }) => String(name));
}

/** Whether it looks through the connection that also listens. */
async function looksWhereItListens(of: TestDatabase, table: string): Promise<boolean> {
  const rows = await of.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND starts_with(application_name, 'seaworthy:') AND query LIKE '%${table}%'`,
  );
  return rows.length === 1;
}

/** A look that ran when this was called has ended when it resolves. */
async function untilLookedTwice(watched: ReturnType<typeof startWatched>, name: string): Promise<void> {
  const times = new Set<string | undefined>();
  await waitFor(`three looks at ${name}`, async () => times.add((await watched.check(name)).time).size > 2);
}

const quiet = { notifications: false };

describe("a container sees an upgrade", { concurrency: 2 }, () => {
  test("at once while it waits, and keeps no connection open before and after", async (t) => {
    const own = await createDatabase();
    t.after(() => own.drop());
    const shop = createShop(own.url);
    await shop.upgrade();
    const older = startWatched({ settings: shop.settings });
    t.after(() => older[Symbol.dispose]());
    await older.untilVerdict("schema", "compatible");
    const newer = shop.newer("2.0.0", 3);
    const watched = startWatched({ settings: newer.settings });
    t.after(() => watched[Symbol.dispose]());
    await watched.untilVerdict("schema", "behind");
    await waitFor("the listener", () => looksWhereItListens(own, '"migrations"'));
    await newer.upgrade();
    await watched.untilVerdict("schema", "compatible");
    assert.match((await watched.ask("/metrics")).text, /^seaworthy_upgrades_total [1-9]/m);
    await waitFor("no connection", async () => (await connections(own)).length === 0);
    assert.match((await older.ask("/metrics")).text, /^seaworthy_upgrades_total 0/m);
  });

  test("control: not with notifications: false and an hour between looks", async (t) => {
    const own = await createDatabase();
    t.after(() => own.drop());
    const shop = createShop(own.url);
    const extra = { kind: "release", url: own.url, requires: ">=1.0.0", intervalMs: 3_600_000 };
    const settings = { ...shop.settings, dependencies: { extra }, health: { listen: "127.0.0.1:0", ...quiet } };
    await shop.upgrade();
    using watched = startWatched({ settings });
    const before = await watched.untilVerdict("extra", "compatible");
    await shop.newer("1.1.0", 2).upgrade();
    // Wait long enough for a listener: run a second upgrade with nothing to do.
    await shop.newer("1.1.0", 2).upgrade();
    assert.deepEqual(await watched.check("extra"), before);
    assert.deepEqual(await connections(own), [], "no connection listens");
  });

  test("by polling alone if it waits, with notifications: false", async (t) => {
    const own = await createDatabase();
    t.after(() => own.drop());
    const shop = createShop(own.url);
    await shop.upgrade();
    const newer = shop.newer("2.0.0", 3);
    using watched = startWatched({ settings: { ...newer.settings, health: { listen: "127.0.0.1:0", ...quiet } } });
    const behind = await watched.untilVerdict("schema", "behind");
    assert.deepEqual(behind.pending, ["0002_table", "0003_table"]);
    // It looks again although nothing has changed.
    await waitFor("three more looks", async () => {
      const { time } = await watched.check("schema");
      return Date.parse(time ?? "") - Date.parse(behind.time ?? "") > 1000;
    });
    await newer.upgrade();
    await watched.untilVerdict("schema", "compatible");
    assert.match((await watched.ask("/metrics")).text, /^seaworthy_upgrades_total 0/m);
  });
});

test("one connection per URL during a look, none between looks; with a listener, only that one while an upgrade is due", async () => {
  const { url } = database;
  const many = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [
      `d${index}`,
      index % 2 === 0
        ? { kind: "server", url, requires: ">=14", intervalMs: 100 }
        : { kind: "release", url, requires: ">=1", app: `app${index}`, intervalMs: 100 },
    ]),
  );
  const settings = { app: { name: "shop" }, dependencies: many };
  for (const [health, listeners] of [
    [{ listen: "127.0.0.1:0" }, 1],
    [{ listen: "127.0.0.1:0", ...quiet }, 0],
  ] as const) {
    using watched = startWatched({ settings: { ...settings, health } });
    await watched.untilVerdict("d0", "compatible");
    await watched.untilVerdict("d1", "behind");
    if (listeners > 0) await waitFor("a look there", () => looksWhereItListens(database, "seaworthy.releases"));
    // A look that began before may still be connecting, and the server lists a connection only once it is made.
    for (const name of Object.keys(many)) await untilLookedTwice(watched, name);
    await waitFor("no look elsewhere", async () => (await connections()).length === listeners);
    let sawNone = false;
    let most = 0;
    for (let sample = 0; sample < 150; sample++) {
      const names = await connections();
      const looks = names.filter((name) => name.startsWith("seaworthy health"));
      most = Math.max(most, looks.length);
      sawNone ||= looks.length === 0;
      assert.ok(looks.length <= 1, names.join(", "));
      assert.equal(names.length - looks.length, listeners, names.join(", "));
    }
    assert.ok(sawNone, "none while idle");
    assert.equal(most, 1 - listeners, "one during a look");
    await watched.send("SIGTERM");
    await watched.ended;
    await waitFor("no connection", async () => (await connections()).length === 0);
  }
});

test("different URLs of one server have separate connections", async () => {
  const other = await createDatabase();
  const shared = { kind: "server", requires: ">=14", intervalMs: 100 };
  const dependencies = { one: { ...shared, url: database.url }, two: { ...shared, url: other.url } };
  const settings = { app: { name: "shop" }, dependencies, health: { listen: "127.0.0.1:0", ...quiet } };
  {
    using watched = startWatched({ settings });
    await watched.untilVerdict("one", "compatible");
    await watched.untilVerdict("two", "compatible");
    await waitFor("one in each", async () => (await connections()).length === 1);
    await waitFor("one in each", async () => (await connections(other)).length === 1);
    await watched.send("SIGTERM");
    await watched.ended;
  }
  await other.drop();
});

test("the name of a session identifies its app", async () => {
  const dependencies = { release: { kind: "release", url: database.url, requires: ">=1" } };
  using watched = startWatched({ settings: { app: { name: "shop", version: "2.3.0" }, dependencies } });
  await watched.untilVerdict("release", "behind");
  await waitFor("the listener", async () => (await connections()).includes("seaworthy:shop@2.3.0"));
  const polling = {
    app: { name: "shop", version: "2.3.0" },
    dependencies,
    health: { listen: "127.0.0.1:0", ...quiet },
  };
  using other = startWatched({ settings: polling });
  await other.untilVerdict("release", "behind");
  await waitFor("a look", async () =>
    (await connections()).some((name) => name.startsWith("seaworthy health shop@2.3.0 on ")),
  );
});
