import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startPooler, withoutPgbouncer } from "../../fixtures/upgrade/pgbouncer.ts";
import { assertCode, run, shopFiles, start } from "../../fixtures/upgrade/shop.ts";
import { createCluster, withoutCluster, type Cluster } from "../../harness/cluster.ts";
import { configuration } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { waitFor } from "../../harness/wait.ts";
import { environmentOf, isUntouched, migrations, nameOf, plainImage, runWith } from "./two-urls.ts";
import { appliedIn } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

describe("an upgrade of another database than the health check reads", { concurrency: 2 }, () => {
  test("on the same server: 78 with both URLs and their sources; nothing changes", async () => {
    const [prod, dev] = [await suite.database(), await suite.database()];
    const urls = { health: prod.url, upgrade: dev.url };
    for (const argv of [["--upgrade"], ["--plan"], ["--baseline", "1_a"]]) {
      const { stderr, stdout } = await runWith(suite, urls, argv, 78);
      assert.match(
        stderr,
        new RegExp(
          `different databases: UPGRADE_DATABASE_URL reaches Postgres at \\S+/${nameOf(dev)}, and DATABASE_URL reaches Postgres at \\S+/${nameOf(prod)}\\. .*upgrade\\.allowDifferentDatabase.* Nothing was changed`,
        ),
        argv.join(" "),
      );
      assert.doesNotMatch(stdout, /nothing to do/);
    }
    assert.deepEqual([await isUntouched(prod), await isUntouched(dev)], [true, true]);
    // Control: two URLs of one database.
    await prod.query(`CREATE ROLE ${nameOf(prod)}_owner LOGIN SUPERUSER PASSWORD 'change-me'`);
    const owner = prod.urlWith({ user: `${nameOf(prod)}_owner`, password: "change-me" });
    await runWith(suite, { health: prod.url, upgrade: owner }, ["--upgrade"], 0);
    await runWith(suite, { health: prod.url, upgrade: owner }, ["--status"], 0);
    assert.deepEqual(await appliedIn(prod), ["1_a"]);
    await prod.query(`DROP OWNED BY ${nameOf(prod)}_owner; DROP ROLE ${nameOf(prod)}_owner`);
  });

  test("is refused even if that database is already up to date", async () => {
    const [prod, dev] = [await suite.database(), await suite.database()];
    await runWith(suite, { health: dev.url, upgrade: dev.url }, ["--upgrade"], 0);
    const { stderr } = await runWith(suite, { health: prod.url, upgrade: dev.url }, ["--upgrade"], 78);
    assert.doesNotMatch(stderr, /nothing to do/);
  });

  test("because of a stale .env in the image: the message names it; an environment variable wins", async () => {
    const [prod, dev] = [await suite.database(), await suite.database()];
    const image = plainImage(suite, { ".env": `UPGRADE_DATABASE_URL=${dev.url}\n` });
    const environment = { APP_VERSION: "1.0.0", DATABASE_URL: prod.url };
    const stale = await run(image, ["--upgrade"], { environment });
    assertCode(stale, 78);
    assert.match(stale.stderr, /: UPGRADE_DATABASE_URL in \.env reaches/);
    const right = await run(image, ["--upgrade"], { environment: { ...environment, UPGRADE_DATABASE_URL: prod.url } });
    assertCode(right, 0);
    assert.deepEqual([await appliedIn(prod), await isUntouched(dev)], [["1_a"], true]);
  });

  test("works with a warning if the configuration allows it, and is verified there", async () => {
    const [prod, dev] = [await suite.database(), await suite.database()];
    const upgrade = { url: dev.url, allowDifferentDatabase: true };
    const image = suite.image(shopFiles({ url: prod.url, migrations, upgrade }));
    const ended = await run(image, ["--upgrade"]);
    assertCode(ended, 0);
    assert.match(ended.stderr, /warning: the upgrade and the health check reach different databases[^]*upgraded shop/);
    assert.deepEqual([await appliedIn(dev), await isUntouched(prod)], [["1_a"], true]);
  });

  test("is also refused with 78 for a release dependency", async () => {
    const [prod, dev] = [await suite.database(), await suite.database()];
    const image = suite.image(
      configuration({
        app: { name: "shop", version: "1.0.0" },
        dependencies: { release: { kind: "release", url: prod.url } },
        upgrade: { url: dev.url },
      }),
    );
    const ended = await run(image, ["--upgrade"]);
    assertCode(ended, 78);
    assert.match(ended.stderr, /dependencies\.release\.url in \S+\/seaworthy\.yaml reaches/);
  });

  test(
    "through PgBouncer under another name: 78; the same database through PgBouncer works",
    { skip: withoutPgbouncer },
    async () => {
      const [prod, dev] = [await suite.database(), await suite.database()];
      await using pooler = await startPooler(prod);
      await runWith(suite, { health: pooler.url, upgrade: dev.url }, ["--upgrade"], 78);
      const { stderr } = await runWith(suite, { health: pooler.url, upgrade: prod.url }, ["--upgrade"], 0);
      assert.match(stderr, /upgraded/);
      assert.doesNotMatch(stderr, /warning/);
      // And the other way round. Then the log names the database behind the pooler.
      const through = await runWith(suite, { health: prod.url, upgrade: pooler.url }, ["--upgrade"], 0);
      assert.match(through.stderr, new RegExp(`/shop, database ${nameOf(prod)}, as postgres`));
      assert.deepEqual(await appliedIn(prod), ["1_a"]);
    },
  );
});

describe("every upgrade logs its database, its role, and the source of the URL", { concurrency: 2 }, () => {
  test("from a variable, a file, a mounted secret, an override", async () => {
    const database = await suite.database();
    const image = plainImage(suite);
    const secret = join(image.folder, "secret");
    image.write("secret", `${database.url}\n`);
    const place = new RegExp(`using Postgres at 127\\.0\\.0\\.1:\\d+/${nameOf(database)} as postgres \\(`);
    for (const [environment, origin] of [
      [{ DATABASE_URL: database.url }, "(DATABASE_URL)"],
      [{ DATABASE_URL_FILE: secret }, "(DATABASE_URL_FILE)"],
      [
        { DATABASE_URL: database.url, SEAWORTHY_UPGRADE_URL: database.url },
        "(upgrade.url, from SEAWORTHY_UPGRADE_URL)",
      ],
    ] as const) {
      const ended = await run(image, ["--upgrade"], { environment: { APP_VERSION: "1.0.0", ...environment } });
      assertCode(ended, 0);
      assert.match(ended.stderr, place);
      assert.ok(ended.stderr.includes(origin), ended.stderr);
      const plan = await run(image, ["--plan", "--json"], { environment: { APP_VERSION: "1.0.0", ...environment } });
      const { databases } = JSON.parse(plan.stdout) as { databases: Record<string, string>[] };
      assert.deepEqual(
        databases.map(({ database: name, role, origin: from }) => [name, role, `(${from})`]),
        [[nameOf(database), "postgres", origin]],
      );
    }
    const [one, two] = [await suite.database(), await suite.database()];
    const both = suite.image({
      ...configuration({
        app: { name: "shop", version: "1.0.0" },
        dependencies: {
          one: { kind: "schema", url: one.url },
          two: { kind: "schema", url: two.url },
        },
      }),
      "migrations/1_a.sql": migrations["1_a.sql"],
    });
    const ended = await run(both, ["--upgrade"]);
    assertCode(ended, 0);
    for (const name of ["one", "two"])
      assert.match(
        ended.stderr,
        new RegExp(`as postgres \\(dependencies\\.${name}\\.url in ${both.folder}/seaworthy\\.yaml\\)`),
      );
  });
});

describe("two servers", { skip: withoutCluster }, () => {
  let primary: Cluster;
  let standby: Cluster;
  before(async () => {
    primary = await createCluster();
    standby = await primary.createStandby();
  });
  after(async () => {
    await standby?.remove();
    await primary?.remove();
  });

  const recorded = async (cluster: Cluster) => {
    const [row] = await cluster.query("SELECT to_regclass('seaworthy.releases') IS NOT NULL AS made");
    return row?.["made"] === true;
  };

  test("with a database of the same name: 78, also for a role without rights", async () => {
    const other = await createCluster();
    try {
      const { stderr } = await runWith(suite, { health: primary.url, upgrade: other.url }, ["--upgrade"], 78);
      assert.match(
        stderr,
        /Both databases are called shop, but the servers are different: their system identifiers are \d+ and \d+/,
      );
      for (const one of [primary, other]) await one.query("REVOKE ALL ON FUNCTION pg_control_system() FROM PUBLIC");
      const less = await runWith(suite, { health: primary.url, upgrade: other.url }, ["--upgrade"], 78);
      assert.match(less.stderr, /Both databases are called shop, but/);
      assert.equal(await recorded(other), false);
    } finally {
      await primary.query("GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC");
      await other.remove();
    }
  });

  test("a replica is the same database; the upgrade waits for a lagging one, then exits 1", async () => {
    const urls = { health: standby.url, upgrade: primary.url };
    await standby.query("SELECT pg_wal_replay_pause()");
    const late = await runWith(suite, urls, ["--upgrade"], 1);
    assert.match(
      late.stderr,
      /waiting for the health check to see it[^]*dependencies\.schema is still behind: 1 migration is not applied: 1_a\. This is what the health check sees .* Is it a replica that lags/,
    );
    assert.doesNotMatch(late.stderr, /upgraded app|nothing to do/);
    // The applied migrations stay. The release is recorded once the replica has them.
    const [none] = await primary.query("SELECT count(*)::int AS count FROM seaworthy.releases");
    assert.equal(none?.["count"], 0);

    const environment = { ...environmentOf(urls), SEAWORTHY_UPGRADE_VERIFY_SECONDS: "60" };
    const waiting = start(plainImage(suite), ["--upgrade"], { environment });
    await waiting.waitForOutput("waiting for the health check to see it");
    await standby.query("SELECT pg_wal_replay_resume()");
    assertCode(await waiting.ended, 0);
    await waitFor("the replica to have the record", () => recorded(standby));
    await runWith(suite, urls, ["--status"], 0);
    assert.match((await runWith(suite, urls, ["--upgrade"], 0)).stderr, /nothing to do/);
  });

  test("a copy of a server's disk is another server, although its system identifier is the same", async () => {
    await standby.query("SELECT pg_promote()");
    await waitFor("the copy to be promoted", async () => {
      const [row] = await standby.query("SELECT pg_is_in_recovery() AS replica");
      return row?.["replica"] === false;
    });
    const { stderr } = await runWith(suite, { health: primary.url, upgrade: standby.url }, ["--upgrade"], 78);
    assert.match(stderr, /one is a copy of the other\. Neither is a replica/);
    // Control: each server alone, with two URLs.
    await runWith(suite, { health: primary.url, upgrade: primary.urlAt("localhost") }, ["--upgrade"], 0);
  });
});
