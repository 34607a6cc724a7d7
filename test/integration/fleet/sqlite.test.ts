import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, test } from "node:test";
import { inMode, journalModes, sqliteFile, type SqliteFile } from "../../fixtures/upgrade/sqlite.ts";
import { runContainer } from "../../harness/container.ts";
import { startWatched } from "../../harness/health.ts";
import { withoutRoot } from "../../harness/program.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { createShop } from "../../harness/shop.ts";
import { waitFor } from "../../harness/wait.ts";
import { addContract, deferralOf } from "./contract-shop.ts";

const bundle = { build: "bundle", asPid1: false } as const;
const reportsOf = ({ path }: SqliteFile) => `${path}-seaworthy-instances`;

/** The versions that have reported. */
function live(file: SqliteFile): readonly unknown[] {
  const database = new DatabaseSync(reportsOf(file), { readOnly: true, timeout: 5000 });
  try {
    return database
      .prepare("SELECT version FROM instances WHERE id <> '' ORDER BY 1")
      .all()
      .map(({ version }) => version);
  } finally {
    database.close();
  }
}

for (const mode of journalModes) {
  describe(`live instances on a file in mode ${mode}`, () => {
    test("are counted, delay a contract migration, and are listed; their reports end with them", async () => {
      const file = inMode(mode);
      const owned = createShop(file.url);
      await owned.upgrade();
      const contract = addContract(owned, file.url);
      assert.equal(await deferralOf(contract), "", "control: no instance is alive");

      using one = startWatched({ settings: owned.settings });
      using two = startWatched({ settings: owned.settings });
      const newer = createShop(file.url, { version: "2.0.0", migrations: owned.migrations });
      using three = startWatched({ settings: newer.settings });
      await waitFor("three reports", async () => live(file).length === 3);
      assert.deepEqual(live(file), ["1.0.0", "1.0.0", "2.0.0"]);
      const hosts = `${hostname()}, ${hostname()}`;
      assert.equal(await deferralOf(contract), `instances older than 2.0.0 are alive: 1.0.0 (${hosts})`);
      const upgraded = await runContainer(bundle, ["--upgrade"], { settings: contract.settings });
      assert.equal(upgraded.code, 0, upgraded.stderr);
      assert.match(upgraded.stderr, /deferred \d+_contract: instances older than 2\.0\.0 are alive/);

      const listed = await runContainer(bundle, ["--status", "--fleet"], { settings: owned.settings });
      assert.match(listed.stdout, /live instances in SQLite at \S+app\.db: 3\nVERSION +COUNT +SINCE +HOSTS\n/);
      assert.match(listed.stdout, new RegExp(`\n1\\.0\\.0 +2 +20\\d\\d-\\S+Z +${hosts}\n`));
      const json = await runContainer(bundle, ["--status", "--fleet", "--json"], { settings: owned.settings });
      const [fleet] = (JSON.parse(json.stdout) as { fleet: { versions: { count: number }[] }[] }).fleet;
      assert.deepEqual(fleet?.versions.map(({ count }) => count).toSorted(), [1, 2]);

      for (const old of [one, two]) {
        await old.send("SIGTERM");
        await old.ended;
      }
      assert.deepEqual(live(file), ["2.0.0"]);
      assert.equal(await deferralOf(contract), "");
      await three.send("SIGTERM");
      await three.ended;
    });

    test("report while the app has a transaction open that writes, and do not keep the app from writing", async () => {
      const file = inMode(mode);
      const owned = createShop(file.url);
      await owned.upgrade();
      // In rollback mode, a look keeps a writer from its commit for a moment.
      const app = new DatabaseSync(file.path, { timeout: 5000 });
      app.exec("BEGIN IMMEDIATE; INSERT INTO app VALUES (2)");
      using watched = startWatched({ settings: owned.settings });
      await waitFor("the report", async () => live(file).length === 1);
      app.exec("COMMIT");
      // A report that is not finished locks its own file only.
      const reporting = new DatabaseSync(reportsOf(file));
      reporting.exec("BEGIN EXCLUSIVE");
      app.exec("BEGIN EXCLUSIVE; INSERT INTO app VALUES (3); COMMIT");
      app.close();
      await watched.untilVerdict("schema", "compatible");
      reporting.close();
    });
  });
}

test("an instance on a database without a ledger creates nothing", async () => {
  const file = inMode("delete");
  const beside = () => readdirSync(dirname(file.path)).filter((name) => name.startsWith(basename(file.path)));
  using watched = startWatched({ settings: createShop(file.url).settings });
  await watched.untilVerdict("schema", "behind");
  await watched.send("SIGTERM");
  await watched.ended;
  assert.deepEqual(beside(), [basename(file.path)]);
});

test("where only the reports are missing or damaged, an upgrade creates them again, and waits", async () => {
  const file = sqliteFile();
  const owned = createShop(file.url);
  await owned.upgrade();
  writeFileSync(reportsOf(file), "no database".repeat(1000));
  using watched = startWatched({ settings: owned.settings });
  const said = /cannot report that this instance is alive: .*-seaworthy-instances: file is not a database/;
  await watched.until("the reason", () => said.test(watched.stderr()));
  await watched.untilVerdict("schema", "compatible");
  const contract = addContract(owned, file.url);
  const { code, stderr } = await runContainer(bundle, ["--upgrade"], { settings: contract.settings });
  assert.equal(code, 0, stderr);
  assert.match(stderr, /deferred \d+_contract: instances older than 2\.0\.0 may be alive: seaworthy began to record/);
  await waitFor("the report", async () => live(file).length === 1);
});

test(
  "on a volume that is mounted read-only, an instance says that it cannot report",
  { skip: withoutRoot },
  async () => {
    const folder = scratchPath("volume");
    mkdirSync(folder);
    const owned = createShop(sqliteFile(join(folder, "app.db")).url);
    await owned.upgrade();
    const shell = (command: string) => execFileSync("sh", ["-c", command, folder]);
    shell('mount --bind "$0" "$0"');
    try {
      shell('mount -o remount,ro,bind "$0"');
      using watched = startWatched({ settings: owned.settings });
      const said =
        /cannot report that this instance is alive: \S+-seaworthy-instances: attempt to write a readonly database/;
      await watched.until("the reason", () => said.test(watched.stderr()));
      await watched.untilVerdict("schema", "compatible");
      await watched.send("SIGTERM");
      await watched.ended;
    } finally {
      shell('umount "$0"');
    }
  },
);

test("the reports belong to the database's owner", { skip: withoutRoot }, async () => {
  const file = inMode("delete");
  execFileSync("chown", ["1234:1234", file.path]);
  execFileSync("chmod", ["660", file.path]);
  await createShop(file.url).upgrade();
  assert.ok(existsSync(reportsOf(file)));
  const { uid, gid, mode } = statSync(reportsOf(file));
  assert.deepEqual([uid, gid, mode & 0o777], [1234, 1234, 0o660]);
});
