import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createAuthority } from "../../harness/certificates.ts";
import { createCluster, withoutCluster, type Cluster } from "../../harness/cluster.ts";
import { runContainer } from "../../harness/container.ts";
import { startWatched } from "../../harness/health.ts";
import { lookAt } from "../../harness/look.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const bundle = { build: "bundle", asPid1: false } as const;

describe("every mode uses the URL's TLS", { skip: withoutCluster }, () => {
  const authority = createAuthority("modes");
  const stranger = createAuthority("stranger");
  const folder = scratchPath("modes");
  let cluster: Cluster;

  before(async () => {
    mkdirSync(join(folder, "migrations"), { recursive: true });
    // A migration records the sessions of its upgrade: its own, and the lock's.
    writeFileSync(
      join(folder, "migrations/1_a.sql"),
      `CREATE TABLE seen AS SELECT a.application_name AS name, s.ssl FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) WHERE a.application_name LIKE 'seaworthy%';`,
    );
    cluster = await createCluster();
    cluster.write("own.crt", authority.server.cert);
    cluster.write("own.key", authority.server.key);
    // The role cannot connect without TLS.
    cluster.write("pg_hba.conf", "host all postgres all scram-sha-256\nhostssl all all all scram-sha-256\n");
    for (const [name, value] of Object.entries({ ssl_cert_file: "own.crt", ssl_key_file: "own.key", ssl: "on" }))
      await cluster.query(`ALTER SYSTEM SET ${name} = '${value}'`);
    await cluster.shutDown();
    await cluster.start();
  });
  after(() => cluster.remove());

  const settingsFor = (query: string) => ({
    app: { name: "shop", version: "1.0.0" },
    dependencies: {
      schema: { kind: "schema", url: `${cluster.url}?${query}`, migrations: join(folder, "migrations") },
      release: { kind: "release", url: `${cluster.url}?${query}`, requires: ">=1.0.0" },
      server: { kind: "server", url: `${cluster.url}?${query}`, requires: "postgres >=14" },
    },
  });
  const verified = `sslmode=verify-full&sslrootcert=${authority.file}`;

  test("each mode refuses a server certificate from another authority", async () => {
    const settings = settingsFor(`sslmode=verify-full&sslrootcert=${stranger.file}`);
    const { looks } = await lookAt(settings.dependencies);
    for (const name of ["schema", "release", "server"]) assert.match(looks[name]?.reason ?? "", /certificate/);
    const environment = { SEAWORTHY_UPGRADE_CONNECT_TIMEOUT_SECONDS: "0" };
    for (const mode of ["--upgrade", "--plan"]) {
      const { code, stderr } = await runContainer(bundle, [mode], { settings, environment });
      assert.equal(code, 69, `${mode} ${stderr}`);
      assert.match(stderr, /certificate/);
    }
  });

  test("an upgrade, its lock, the looks and the listening session are encrypted", async () => {
    const settings = settingsFor(verified);
    using waiting = startWatched({ settings });
    const listening = () =>
      cluster.query(
        "SELECT s.ssl FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid) WHERE a.usename = 'shop' AND a.application_name LIKE 'seaworthy:%'",
      );
    await waitFor("the session that listens", async () => (await listening()).length > 0);
    assert.ok((await listening()).every((row) => row["ssl"] === true));

    const { code, stderr } = await runContainer(bundle, ["--upgrade"], { settings });
    assert.equal(code, 0, stderr);
    const seen = await cluster.query("SELECT name, ssl FROM seen");
    assert.ok(seen.length >= 2, JSON.stringify(seen));
    assert.ok(
      seen.every((row) => row["ssl"] === true),
      JSON.stringify(seen),
    );

    for (const name of ["schema", "release", "server"]) await waiting.untilVerdict(name, "compatible");
    const { looks } = await lookAt(settings.dependencies);
    for (const name of ["schema", "release", "server"]) assert.equal(looks[name]?.verdict, "compatible");
  });
});
