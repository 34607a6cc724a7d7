import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Ledger, UpgradeLedger } from "../../src/ledger/ledger.ts";
import type { MigrationScript } from "../../src/migrations/script.ts";
import type { Dialect } from "../../src/migrations/sql/dialect.ts";
import { engines, stopServers, type EngineDatabase } from "./engines.ts";

const history = "seaworthy.migrations";
const limits = { lockWaitSeconds: 2, lockRetrySeconds: 0 };
const files = [
  { name: "1_a", checksum: "" },
  { name: "2_b", checksum: "" },
];

async function lock(ledger: Ledger, held: readonly UpgradeLedger[] = []): Promise<UpgradeLedger> {
  return (await ledger.openUpgradeLock()).acquire(held, 0);
}

function script(name: string, source: string, dialect: Dialect): MigrationScript {
  return {
    name,
    path: `/migrations/${name}.sql`,
    language: "sql",
    source,
    size: source.length,
    checksum: name,
    directives: { transaction: true },
    dialect,
    requirements: [],
  };
}

/** Applies the first migration to an empty database. */
async function applyFirst(locked: UpgradeLedger, { dialect }: Ledger): Promise<void> {
  const first = script("1_a", "CREATE TABLE a (name text); INSERT INTO a VALUES ('applied');", dialect);
  const batch = { history, progress: new Map(), release: "1.0.0", limits };
  await (
    await locked.startApplying(batch)
  )(first);
}

async function opened(create: () => Promise<EngineDatabase>) {
  const database = await create();
  const ledger = await database.open();
  const locked = await lock(ledger);
  const created = await locked.createTables([history], true);
  return { database, ledger, locked, created };
}

after(stopServers);

for (const [engine, { create, lacks }] of Object.entries(engines)) {
  describe(`the ledger in ${engine}`, { skip: lacks ?? false }, () => {
    test("an empty database has no table, no release and no migration, and looking creates nothing", async () => {
      await using database = await create();
      const ledger = await database.open();
      const release = { app: "shop", version: "1.0.0", manifest: "m" };
      assert.equal(await ledger.isCompleted(release, [{ table: history, last: "2_b", count: 2 }]), undefined);
      assert.equal(await ledger.currentRelease("shop"), undefined);
      assert.deepEqual((await ledger.survey(history, files)).missing, ["1_a", "2_b"]);
      await assert.rejects(database.names(history));
    });

    test("names the tables that it has created, once", async () => {
      const { database, locked, created } = await opened(create);
      await using _ = database;
      assert.deepEqual(created, { histories: new Set([history]), releases: true });
      assert.deepEqual(await locked.createTables([history], true), { histories: new Set(), releases: false });
    });

    test("a migration and its record come together", async () => {
      const { database, ledger, locked } = await opened(create);
      await using _ = database;
      await applyFirst(locked, ledger);
      assert.deepEqual(await database.names("a"), ["applied"]);
      assert.deepEqual((await ledger.survey(history, files)).missing, ["2_b"]);
    });

    test("without the lock neither a migration nor a release is recorded", async () => {
      const { database, ledger, locked } = await opened(create);
      await using _ = database;
      await database.end(locked.holder);
      await assert.rejects(applyFirst(locked, ledger), /the upgrade lock was lost/);
      await assert.rejects(database.names("a"));
      await assert.rejects(locked.recordRelease({ app: "shop", version: "1.0.0", manifest: "m" }), (error) => {
        assert.match(String(ledger.explain(error)), /the upgrade lock was lost.*Run --upgrade again/);
        return true;
      });
      assert.equal(await ledger.currentRelease("shop"), undefined);
      assert.deepEqual((await ledger.survey(history, files)).missing, ["1_a", "2_b"]);
    });

    test("one upgrade holds the lock: another gives up with 75, and gets it after the release", async () => {
      const { database, locked } = await opened(create);
      await using _ = database;
      const other = await database.open();
      await assert.rejects(lock(other), { exitCode: 75 });
      await locked.release();
      await (await lock(other)).release();
    });

    test("the lock ends with the connection that holds it", async () => {
      const { database, locked } = await opened(create);
      await using _ = database;
      await database.end(locked.holder);
      await (await lock(await database.open())).release();
    });

    test("an upgrade that reaches one database by two URLs is refused with 78, and does not wait for itself", async () => {
      const { database, locked } = await opened(create);
      await using _ = database;
      await assert.rejects(lock(await database.open(), [locked]), { exitCode: 78 });
    });

    test("adopts migrations all or none", async () => {
      const { database, ledger, locked } = await opened(create);
      await using _ = database;
      const record = (name: string) => ({ name, checksum: name, release: "1.0.0", floor: undefined });
      await assert.rejects(locked.adopt(history, [record("1_a"), record("1_a")]));
      assert.deepEqual(await database.names(history), []);
      await locked.adopt(history, [record("1_a"), record("2_b")]);
      assert.deepEqual((await ledger.survey(history, files)).missing, []);
    });

    test("a release is complete while its history is", async () => {
      const { database, ledger, locked } = await opened(create);
      await using _ = database;
      await applyFirst(locked, ledger);
      const release = { app: "shop", version: "1.0.0", manifest: "m" };
      await locked.recordRelease(release);
      const isCompleted = (count: number, manifest = "m") =>
        ledger.isCompleted({ ...release, manifest }, [{ table: history, last: "1_a", count }]);
      assert.equal(await ledger.currentRelease("shop"), "1.0.0");
      assert.equal(await isCompleted(1), true);
      assert.equal(await isCompleted(2), false);
      assert.equal(await isCompleted(1, "other"), false);
    });

    test("a program is begun until it has finished, and can begin again", async () => {
      const { database, ledger, locked } = await opened(create);
      await using _ = database;
      const record = (checksum: string) => ({ name: "1_a", checksum, release: "1.0.0", floor: "0.9.0" });
      await locked.beginProgram(history, record("before"));
      await locked.beginProgram(history, record("after"));
      const begun = await ledger.survey(history, files);
      assert.deepEqual(begun.missing, ["1_a", "2_b"]);
      assert.deepEqual(begun.progress.get("1_a"), { statements: 0, hashes: [], checksum: "after" });
      await locked.finishProgram(history, "1_a");
      const finished = await ledger.survey(history, files);
      assert.deepEqual([finished.missing, finished.progress.size], [["2_b"], 0]);
    });

    test("without the lock, no program begins or finishes", async () => {
      const { database, ledger, locked } = await opened(create);
      await using _ = database;
      const record = (name: string) => ({ name, checksum: "", release: "1.0.0", floor: undefined });
      await locked.beginProgram(history, record("1_a"));
      await database.end(locked.holder);
      const isLost = (error: unknown) => /the upgrade lock was lost/.test(String(ledger.explain(error)));
      await assert.rejects(locked.beginProgram(history, record("2_b")), isLost);
      await assert.rejects(locked.finishProgram(history, "1_a"), isLost);
      const { missing, progress } = await ledger.survey(history, files);
      assert.deepEqual([missing, [...progress.keys()]], [["1_a", "2_b"], ["1_a"]]);
    });

    test("records what is accepted: a changed file, and a new name", async () => {
      const { database, ledger, locked } = await opened(create);
      await using _ = database;
      await applyFirst(locked, ledger);
      const survey = (name: string, checksum: string) => ledger.survey(history, [{ name, checksum }]);
      assert.deepEqual((await survey("1_a", "changed")).changed, ["1_a"]);
      await locked.acceptChecksum(history, "1_a", "changed");
      assert.deepEqual((await survey("1_a", "changed")).changed, []);
      await locked.acceptName(history, { from: "1_a", to: "1_z", isUnfinished: false });
      assert.deepEqual((await survey("1_z", "changed")).missing, []);
    });
  });
}
