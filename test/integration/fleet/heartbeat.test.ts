import assert from "node:assert/strict";
import { hostname } from "node:os";
import { after, before, describe, test } from "node:test";
import { Client } from "pg";
import { appPassword, createCluster, withoutCluster, type Cluster } from "../../harness/cluster.ts";
import { runContainer } from "../../harness/container.ts";
import { startWatched } from "../../harness/health.ts";
import { lacking, programs, startPgBouncer, type Service } from "../../harness/services.ts";
import { createShop, type Shop } from "../../harness/shop.ts";
import { waitFor } from "../../harness/wait.ts";
import { addContract, deferralOf } from "./contract-shop.ts";

const bundle = { build: "bundle", asPid1: false } as const;

describe("live instances", { skip: lacking(programs.pgbouncer) || withoutCluster }, () => {
  let cluster: Cluster;
  let pooler: Service;
  let owned: Shop;
  /** The database by two ways, for a role that may only read. */
  let readers: Readonly<Record<string, string>>;

  before(async () => {
    cluster = await createCluster();
    await cluster.query(`CREATE ROLE reader LOGIN PASSWORD '${appPassword}' CONNECTION LIMIT 20;
      ALTER ROLE reader SET default_transaction_read_only = on`);
    // As on a hardened server: new functions are for their owner only, unless granted.
    await cluster.query("ALTER DEFAULT PRIVILEGES FOR ROLE shop REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC");
    pooler = await startPgBouncer({ host: "127.0.0.1", port: cluster.port, user: "reader", password: appPassword });
    owned = createShop(cluster.url);
    await owned.upgrade();
    const reader = (port: number) => `postgres://reader:${appPassword}@127.0.0.1:${port}/shop`;
    readers = { directly: reader(cluster.port), "through PgBouncer in transaction mode": reader(pooler.port) };
  });
  after(async () => {
    await pooler?.stop();
    await cluster?.remove();
  });

  const live = async () =>
    (await cluster.query("SELECT version FROM seaworthy.instances WHERE id <> ''")).map(({ version }) => version);

  for (const name of ["directly", "through PgBouncer in transaction mode"]) {
    test(`a read-only role reports ${name}; a contract migration waits for it, and for no other`, async () => {
      const newer = addContract(owned, cluster.url);
      using watched = startWatched({ settings: createShop(readers[name] ?? "").settings });
      await watched.untilVerdict("schema", "compatible");
      await waitFor("the report", async () => (await live()).includes("1.0.0"));
      assert.match(
        await deferralOf(newer),
        new RegExp(`older than 2\\.0\\.0 are alive: 1\\.0\\.0 \\(${hostname()}\\)`),
      );

      const listed = await runContainer(bundle, ["--status", "--fleet"], { settings: owned.settings });
      assert.match(
        listed.stdout,
        /live instances in Postgres at 127\.0\.0\.1:\d+\/shop: 1\nVERSION +COUNT +SINCE +HOSTS\n1\.0\.0 +1 +20\d\d-/,
      );
      const json = await runContainer(bundle, ["--status", "--fleet", "--json"], { settings: owned.settings });
      const [fleet] = (JSON.parse(json.stdout) as { fleet: { versions: object[] }[] }).fleet;
      assert.equal(fleet?.versions.length, 1);

      await watched.send("SIGTERM");
      await watched.ended;
      assert.deepEqual(await live(), [], "its report ends with it");
      assert.equal(await deferralOf(newer), "");
    });
  }

  test("/metrics says which versions are alive, how many, since when, and when they were counted", async () => {
    using older = startWatched({ settings: createShop(readers["directly"] ?? "").settings });
    using newer = startWatched({ settings: createShop(cluster.url, { version: "2.0.0" }).settings });
    const first = await newer.ask("/metrics");
    assert.doesNotMatch(first.text, /^seaworthy_instances\{/m, "nothing is counted before somebody asks");
    assert.match(first.text, /^seaworthy_instances_last_count_timestamp_seconds 0$/m);
    const valueOf = (text: string, series: string) =>
      Number(
        text
          .split("\n")
          .find((line) => line.startsWith(`${series} `))
          ?.slice(series.length),
      );
    const { text } = await waitFor("both versions", async () => {
      const answer = await newer.ask("/metrics");
      return valueOf(answer.text, 'seaworthy_instances{version="1.0.0"}') === 1 && answer;
    });
    assert.equal(valueOf(text, 'seaworthy_instances{version="2.0.0"}'), 1);
    const started = valueOf(text, 'seaworthy_instances_oldest_start_timestamp_seconds{version="1.0.0"}');
    const [row] = await cluster.query(
      "SELECT extract(epoch FROM started_at)::float8 AS at FROM seaworthy.instances WHERE version = '1.0.0'",
    );
    assert.equal(started, Math.floor(Number(row?.["at"])));
    assert.ok(valueOf(text, "seaworthy_instances_last_count_timestamp_seconds") >= started);
    for (const one of [older, newer]) {
      await one.send("SIGTERM");
      await one.ended;
    }
  });

  test("an instance that was killed counts for 90 s", async () => {
    const newer = addContract(owned, cluster.url);
    await cluster.query("SELECT seaworthy.report_instance('killed', 'shop', '1.0.0', 'h')");
    const age = (seconds: number) =>
      cluster.query(
        `UPDATE seaworthy.instances SET seen_at = clock_timestamp() - interval '${seconds} s' WHERE id <> ''`,
      );
    await age(80);
    assert.match(await deferralOf(newer), /are alive: 1\.0\.0/);
    await age(91);
    assert.equal(await deferralOf(newer), "");
    await cluster.query("DELETE FROM seaworthy.instances WHERE id <> ''");
  });

  test("a role can write its own report and nothing else", async () => {
    await cluster.query("SELECT seaworthy.report_instance('theirs', 'shop', '1.0.0', 'their-host')");
    const client = new Client({ connectionString: readers["directly"] });
    await client.connect();
    try {
      await client.query("SET default_transaction_read_only = off");
      for (const sql of [
        "INSERT INTO seaworthy.instances (id, app, host) VALUES ('a', 'shop', 'h')",
        "UPDATE seaworthy.instances SET version = '9.0.0'",
        "DELETE FROM seaworthy.instances",
      ])
        await assert.rejects(client.query(sql), /permission denied/, sql);
      const before = await cluster.query("SELECT * FROM seaworthy.instances WHERE id = 'theirs'");
      await client.query("SELECT seaworthy.report_instance('theirs', 'shop', '9.0.0', 'mine')");
      await client.query("SELECT seaworthy.withdraw_instance('theirs')");
      await client.query("SELECT seaworthy.withdraw_instance('')");
      assert.deepEqual(await cluster.query("SELECT * FROM seaworthy.instances WHERE id = 'theirs'"), before);
      // Control: its own report can be written and withdrawn.
      await client.query("SELECT seaworthy.report_instance('mine', 'shop', '9.0.0', 'mine')");
      assert.deepEqual(new Set(await live()), new Set(["1.0.0", "9.0.0"]));
      await client.query("SELECT seaworthy.withdraw_instance('mine')");
      assert.deepEqual(await live(), ["1.0.0"]);
    } finally {
      await client.end();
      await cluster.query("SELECT seaworthy.withdraw_instance('theirs')");
    }
  });

  test("a new instance removes the reports of those that ended long ago", async () => {
    await cluster.query("SELECT seaworthy.report_instance('old', 'shop', '1.0.0', 'h')");
    await cluster.query("UPDATE seaworthy.instances SET seen_at = now() - interval '2 h' WHERE id = 'old'");
    await cluster.query("SELECT seaworthy.report_instance('new', 'shop', '2.0.0', 'h')");
    assert.deepEqual(await live(), ["2.0.0"]);
    assert.equal((await cluster.query("SELECT FROM seaworthy.instances WHERE id = ''")).length, 1);
    await cluster.query("SELECT seaworthy.withdraw_instance('new')");
  });

  test("where instances have not been recorded for long, older ones may be alive", async () => {
    await cluster.query(`DROP FUNCTION seaworthy.report_instance; DROP FUNCTION seaworthy.withdraw_instance;
      DROP TABLE seaworthy.instances`);
    using watched = startWatched({ settings: owned.settings });
    assert.equal((await watched.untilVerdict("schema", "compatible")).status, "pass");
    // Its next report would be newer than the table.
    await watched.send("SIGTERM");
    await watched.ended;
    const unprepared = await runContainer(bundle, ["--status", "--fleet"], { settings: owned.settings });
    assert.equal(unprepared.code, 0);
    assert.match(unprepared.stdout, /unknown: no upgrade has prepared it to record live instances/);

    const newer = addContract(owned, cluster.url);
    assert.match(
      await deferralOf(newer),
      /older than 2\.0\.0 may be alive: seaworthy began to record live instances 0 s ago/,
    );
    const upgraded = await runContainer(bundle, ["--upgrade"], { settings: newer.settings });
    assert.equal(upgraded.code, 0, upgraded.stderr);
    assert.match(upgraded.stderr, /deferred \d+_contract: instances older than 2\.0\.0 may be alive/);
    assert.match(
      await deferralOf(newer),
      /older than 2\.0\.0 may be alive: seaworthy began to record live instances \d+ s ago/,
    );
    await cluster.query("UPDATE seaworthy.instances SET seen_at = now() - interval '91 s' WHERE id = ''");
    assert.equal(await deferralOf(newer), "");
  });
});
