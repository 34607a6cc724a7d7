import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { connectPostgres } from "../../../src/platform/drivers/postgres.ts";
import { appPassword, createCluster, withoutCluster, type Cluster } from "../../harness/cluster.ts";
import { freePort } from "../../harness/postgres.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { lacking, programs, startPgBouncer } from "../../harness/services.ts";

describe("a Postgres URL with several hosts or settings", { skip: withoutCluster }, () => {
  let primary: Cluster;
  let standby: Cluster;
  let closed = 0;

  before(async () => {
    primary = await createCluster();
    standby = await primary.createStandby();
    closed = await freePort();
  });
  after(async () => {
    await standby.remove();
    await primary.remove();
  });

  /** The port of the reached server, or the error message. */
  const reach = async (url: string, variables = {}): Promise<number | string> => {
    try {
      const session = await connectPostgres({ url, variables, applicationName: "test", connectTimeoutMs: 10_000 });
      const [row] = await session.query("SELECT pg_catalog.inet_server_port() AS port");
      await session.close();
      return Number(row?.["port"]);
    } catch (error) {
      return (error as Error).message;
    }
  };
  const urlOf = (ports: readonly number[], query = "", password = appPassword) =>
    `postgres://shop:${password}@${ports.map((port) => `127.0.0.1:${port}`).join(",")}/shop?${query}`;

  test("uses the first host that answers", async () => {
    assert.equal(await reach(urlOf([closed, primary.port])), primary.port);
    assert.equal(await reach(urlOf([standby.port, primary.port])), standby.port);
  });

  test("uses the first host that fits target_session_attrs", async () => {
    const both = [standby.port, closed, primary.port];
    const expected = {
      any: standby.port,
      "read-write": primary.port,
      primary: primary.port,
      standby: standby.port,
      "read-only": standby.port,
      "prefer-standby": standby.port,
    };
    for (const [target, port] of Object.entries(expected))
      assert.equal(await reach(urlOf(both, `target_session_attrs=${target}`)), port, target);
    assert.equal(await reach(urlOf([primary.port, closed], "target_session_attrs=prefer-standby")), primary.port);
    assert.equal(await reach(urlOf(both), { PGTARGETSESSIONATTRS: "primary" }), primary.port);
    assert.match(String(await reach(urlOf([primary.port], "target_session_attrs=standby"))), /no host is standby/);
  });

  test("lists the unreachable hosts, and stops at a refused password", async () => {
    const other = await freePort();
    assert.match(
      String(await reach(urlOf([closed, other]))),
      /cannot reach Postgres at 127\.0\.0\.1:\d+\/shop: connection refused/,
    );
    assert.match(
      String(await reach(urlOf([standby.port, primary.port], "", "wr0ng"))),
      /password authentication failed/,
    );
  });

  test("uses a password file only if no other user can read it", async () => {
    const path = scratchPath("pgpass");
    const lines = [
      "# comment",
      `otherhost:*:*:*:no`,
      `127.0.0.1:${primary.port}:sho\\p:shop:${appPassword.replace("-", String.raw`\-`)}`,
    ];
    writeFileSync(path, `${lines.join("\n")}\n`);
    chmodSync(path, 0o600);
    const url = `postgres://shop@127.0.0.1:${primary.port}/shop`;
    assert.equal(await reach(`${url}?passfile=${path}`), primary.port);
    assert.equal(await reach(url, { PGPASSFILE: path }), primary.port);
    assert.equal(await reach(url, { PGPASSWORD: appPassword }), primary.port);
    chmodSync(path, 0o644);
    assert.match(String(await reach(`${url}?passfile=${path}`)), /the server asks for a password/);
  });

  test("sets its search path, or gives no session", { skip: lacking(programs.pgbouncer) }, async (t) => {
    const pooled = { host: "127.0.0.1", port: primary.port, user: "shop", password: appPassword };
    const pooler = await startPgBouncer(pooled);
    const careless = await startPgBouncer({ ...pooled, ignores: "options" });
    t.after(() => Promise.all([pooler.stop(), careless.stop()]));
    const pathAt = async (port: number, query: string) => {
      const session = await connectPostgres({
        url: urlOf([port], query),
        applicationName: "test",
        connectTimeoutMs: 10_000,
      });
      const [row] = await session.query("SHOW search_path");
      await session.close();
      return row?.["search_path"];
    };
    assert.equal(await pathAt(primary.port, "schema=tenant"), '"tenant"');
    assert.equal(await pathAt(primary.port, "schema=My%20%22Shop%22"), '"My ""Shop"""');
    assert.equal(await pathAt(primary.port, "search_path=a,%20b&options=-c%20geqo%3Doff"), "a, b");
    assert.equal(await reach(urlOf([pooler.port])), primary.port);
    // Neither pooler accepts it: that is an error, and never silently another schema.
    assert.match(String(await reach(urlOf([pooler.port], "schema=tenant"))), /use a URL of the server itself/);
    assert.equal(await reach(urlOf([careless.port])), primary.port);
    assert.match(String(await reach(urlOf([careless.port], "schema=tenant"))), /search path .* did not take effect/);
  });
});
