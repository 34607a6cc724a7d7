import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { assertCode, run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import {
  applied,
  inMode,
  isLocked,
  journalModes,
  lockOf,
  releases,
  shopOn,
  sqliteFile,
  tables,
} from "../../fixtures/upgrade/sqlite.ts";
import type { ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { withoutRoot } from "../../harness/program.ts";
import { scratchPath } from "../../harness/scratch.ts";

const suite = openSuite();
after(() => suite.end());

const one = { "1_a.sql": "CREATE TABLE a (id);" };

/** Holds the upgrade lock as another upgrade does. */
function holdLock(path: string) {
  const lock = new DatabaseSync(path);
  lock.exec("BEGIN EXCLUSIVE");
  return lock;
}

test("a held upgrade lock: 75 names the holder, health says upgrading, and the database can be written", async () => {
  const file = inMode("delete");
  const image = shopOn(suite, file, { migrations: one, upgrade: { lockTimeoutSeconds: 0 } });
  const lock = holdLock(lockOf(file));
  const { stderr } = await upgrade(image, [], 75);
  assert.match(
    stderr,
    new RegExp(`gave up after waiting 0 s for the upgrade lock, held by pid ${process.pid} \\(.*\\) for \\d+ s`),
  );
  assert.match((await run(image, ["--status"])).stdout, /upgrading/);
  file.execute("INSERT INTO app VALUES (2)");
  lock.close();
  await upgrade(image);
});

test("a link to the file leads to the same lock, and two such URLs in one upgrade are refused", async () => {
  const file = inMode("wal");
  const link = scratchPath("link.db");
  symlinkSync(file.path, link);
  const lock = holdLock(lockOf(file));
  const image = shopOn(suite, { url: `sqlite:${link}` }, { migrations: one, upgrade: { lockTimeoutSeconds: 0 } });
  await upgrade(image, [], 75);
  lock.close();
  const dependencies = {
    one: { kind: "schema", url: file.url },
    other: { kind: "schema", url: `sqlite:${link}`, table: "other.migrations" },
  };
  const both = shopOn(suite, file, { migrations: one, settings: { dependencies } });
  assert.match((await upgrade(both, [], 78)).stderr, /two dependencies reach the same database by different URLs/);
});

test("a volume that is mounted at two paths has one lock", { skip: withoutRoot }, async () => {
  const [folder, second] = [scratchPath("volume"), scratchPath("second")];
  for (const one of [folder, second]) mkdirSync(one);
  const file = sqliteFile(join(folder, "app.db"));
  file.execute("CREATE TABLE app (n)");
  execFileSync("sh", ["-c", 'mount --bind "$0" "$1"', folder, second]);
  try {
    const dependencies = {
      one: { kind: "schema", url: file.url },
      other: { kind: "schema", url: `sqlite:${second}/app.db`, table: "other.migrations" },
    };
    const both = shopOn(suite, file, { migrations: one, settings: { dependencies } });
    assert.match((await upgrade(both, [], 78)).stderr, /two dependencies reach the same database by different URLs/);
  } finally {
    execFileSync("sh", ["-c", 'umount "$0"', second]);
  }
});

test("a second hard link is refused", async () => {
  const file = inMode("delete");
  linkSync(file.path, scratchPath("second.db"));
  const { stderr } = await upgrade(shopOn(suite, file, { migrations: one }), [], 78);
  assert.match(stderr, /the file has 2 names \(hard links\)[^]*Nothing was changed/);
  assert.deepEqual(tables(file), ["app", "large"]);
});

test("a link to a file that does not exist yet is followed", async () => {
  const folder = scratchPath("target");
  mkdirSync(folder);
  const file = sqliteFile(join(folder, "app.db"));
  const link = scratchPath("dangling.db");
  symlinkSync(file.path, link);
  await upgrade(shopOn(suite, { url: `sqlite:${link}` }, { migrations: one }));
  assert.deepEqual(applied(file), ["1_a"]);
  assert.equal(statSync(lockOf(file)).size, 0);
});

test("a volume that is mounted read-only is refused, and looks work there", { skip: withoutRoot }, async () => {
  const folder = scratchPath("volume");
  mkdirSync(folder);
  const file = sqliteFile(join(folder, "app.db"));
  const image = shopOn(suite, file, { migrations: one });
  file.execute("CREATE TABLE app (n)");
  const shell = (command: string) => execFileSync("sh", ["-c", command, folder]);
  shell('mount --bind "$0" "$0"');
  try {
    shell('mount -o remount,ro,bind "$0"');
    const { stderr } = await upgrade(image, [], 78);
    assert.match(
      stderr,
      /its folder \S+ is mounted read-only, and SQLite needs to create its journal there\. .* Nothing was changed/,
    );
    assert.match((await run(image, ["--status"])).stdout, /behind/);
    assert.equal((await run(image, ["--plan"])).code, 3);
  } finally {
    shell('umount "$0"');
  }
  await upgrade(image);
});

test(
  "the lock file belongs to the database's owner, so that this user can upgrade later",
  { skip: withoutRoot },
  async () => {
    const file = inMode("delete");
    execFileSync("chown", ["1234:1234", file.path]);
    execFileSync("chmod", ["660", file.path]);
    await upgrade(shopOn(suite, file, { migrations: one }));
    const { uid, gid, mode } = statSync(lockOf(file));
    assert.deepEqual([uid, gid, mode & 0o777], [1234, 1234, 0o660]);
  },
);

test("a look that the app's own lock keeps out says so, and one that an upgrade keeps out says upgrading", async () => {
  const file = inMode("delete");
  const dependencies = {
    schema: { kind: "schema", url: file.url },
    self: { kind: "release", url: file.url },
  };
  const image = shopOn(suite, file, { migrations: one, settings: { dependencies } });
  await upgrade(image);
  const app = new DatabaseSync(file.path);
  app.exec("BEGIN EXCLUSIVE");
  const ofApp = await run(image, ["--status"]);
  assert.equal(ofApp.code, 1);
  assert.doesNotMatch(ofApp.stdout, /upgrading/);
  const says = `pid ${process.pid} \\(.*\\) has locked the SQLite database ${file.path}, and no upgrade is running`;
  assert.equal(ofApp.stdout.match(new RegExp(says, "g"))?.length, 2, ofApp.stdout);
  const lock = holdLock(lockOf(file));
  const ofUpgrade = await run(image, ["--status"]);
  assert.equal(ofUpgrade.stdout.match(/upgrading/g)?.length, 2, ofUpgrade.stdout);
  app.close();
  lock.close();
});

for (const mode of journalModes) {
  describe(`while the app uses a database in mode ${mode}`, { concurrency: 2 }, () => {
    test("an upgrade waits for a writer, names it, and gives up with 75", async () => {
      const file = inMode(mode);
      const limits = { lockWaitSeconds: 0.2, lockRetrySeconds: 1 };
      await upgrade(shopOn(suite, file, { migrations: one, version: "0.9.0" }));
      const image = shopOn(suite, file, { migrations: { ...one, "2_b.sql": "CREATE TABLE b (id);" }, upgrade: limits });
      const app = new DatabaseSync(file.path);
      app.exec("BEGIN IMMEDIATE; INSERT INTO app VALUES (2)");
      const { stderr } = await upgrade(image, [], 75);
      const holder = `held by pid ${process.pid} \\(`;
      assert.match(stderr, new RegExp(`gave up on migration 2_b .*after 1 s: .*${holder}`));
      app.exec("COMMIT");
      app.close();
      await upgrade(image);
      assert.deepEqual(applied(file), ["1_a", "2_b"]);
    });

    test("an upgrade goes on when the writer is done", async () => {
      const file = inMode(mode);
      await upgrade(shopOn(suite, file, { migrations: one, version: "0.9.0" }));
      const image = shopOn(suite, file, {
        migrations: { ...one, "2_b.sql": "CREATE TABLE b (id);" },
        upgrade: { lockWaitSeconds: 0.2 },
      });
      const app = new DatabaseSync(file.path);
      app.exec("BEGIN IMMEDIATE; INSERT INTO app VALUES (2)");
      const program = start(image, ["--upgrade"]);
      await program.waitForOutput(`2_b cannot get a lock, held by pid ${process.pid} (`);
      await program.waitForOutput("trying again");
      app.exec("COMMIT");
      app.close();
      assertCode(await program.ended, 0);
      assert.deepEqual(file.list("SELECT n FROM app"), [1, 2]);
    });

    test("looks answer while the app writes", async () => {
      const file = inMode(mode);
      const image = shopOn(suite, file, { migrations: one });
      await upgrade(image);
      const app = new DatabaseSync(file.path);
      app.exec("BEGIN IMMEDIATE; INSERT INTO app VALUES (2)");
      const status = await run(image, ["--status"]);
      assert.equal(status.code, 0, status.stdout);
      assert.equal((await run(image, ["--plan"])).code, 0);
      app.exec("COMMIT");
      assert.equal((await run(image, ["--status"])).code, 0);
      app.close();
    });
  });
}

/** Each inserts a row, and would insert a second one if it ran again. */
function migrationsUpTo(last: number): ImageFiles {
  const files: Record<string, string> = { "00_log.sql": "CREATE TABLE log (n);" };
  for (let n = 1; n <= last; n++) {
    if (n % 5 === 0) files[`${n}_steps.sql`] = `-- seaworthy: no-transaction\nVACUUM;\nINSERT INTO log VALUES (${n});`;
    else if (n % 5 === 1)
      files[`${n}_module.mjs`] = `export const up = ({ query }) => query("INSERT INTO log VALUES ($1)", [${n}]);`;
    else files[`${n}_row.sql`] = `INSERT INTO log VALUES (${n});`;
  }
  return files;
}

test("fifty upgrades at once, of two releases: each migration runs once, and all exit 0", async () => {
  const file = sqliteFile();
  const older = shopOn(suite, file, { version: "1.0.0", migrations: migrationsUpTo(10) });
  const newer = shopOn(suite, file, { version: "2.0.0", migrations: migrationsUpTo(20) });
  const images = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? older : newer));
  const endings = await Promise.all(images.map((image) => run(image, ["--upgrade"])));
  for (const ended of endings) assertCode(ended, 0);
  const saying = (text: string) => endings.filter(({ stderr }) => stderr.includes(text)).length;
  assert.equal(saying("upgraded shop to 2.0.0"), 1);
  assert.ok(saying("upgraded shop to 1.0.0") <= 1);
  assert.equal(saying("upgraded shop") + saying("nothing to do"), 50);
  assert.deepEqual(
    file.list("SELECT n FROM log ORDER BY n"),
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  assert.equal(applied(file).length, 21);
  assert.equal(releases(file).at(-1), "shop@2.0.0");
  assert.equal(isLocked(lockOf(file)), false);
});
