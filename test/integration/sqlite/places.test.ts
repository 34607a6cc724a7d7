import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { run, upgrade } from "../../fixtures/upgrade/shop.ts";
import { applied, shopOn, sqliteFile } from "../../fixtures/upgrade/sqlite.ts";
import { openSuite } from "../../harness/leaks.ts";
import { scratchPath } from "../../harness/scratch.ts";

const suite = openSuite();
after(() => suite.end());

const one = { "1_a.sql": "CREATE TABLE a (id);" };
const impatient = { connectTimeoutSeconds: 0 };

function fifo(): string {
  const path = scratchPath("fifo");
  execFileSync("mkfifo", [path]);
  return path;
}

function folder(): string {
  const path = scratchPath("folder.db");
  mkdirSync(path);
  return path;
}

describe("a place where no database can be", { concurrency: 2 }, () => {
  for (const [title, make, says] of [
    ["a folder", folder, /it is a folder, as Docker creates one .*\. Write the path of the file/],
    ["a device", () => "/dev/null", /\/dev\/null: it is no regular file\. Write the path of the file/],
    ["a pipe", fifo, /it is no regular file\. Write the path of the file/],
    ["a folder that is missing", () => scratchPath("none/app.db"), /does not exist\. Check `url:`/],
  ] as const)
    test(title, async () => {
      const path = make();
      const image = shopOn(suite, { url: `sqlite:${path}` }, { migrations: one, upgrade: impatient });
      const status = await run(image, ["--status"]);
      assert.match(status.stdout, /unreachable/);
      assert.match(status.stdout, says);
      assert.match((await upgrade(image, [], 69)).stderr, says);
      assert.equal(existsSync(`${path}-seaworthy-lock`), false);
    });

  test("a file that is no database is named, and stays as it is", async () => {
    const path = scratchPath("notes.txt");
    const text = "no database, but a text of more than a hundred bytes, ".repeat(4);
    writeFileSync(path, text);
    const image = shopOn(suite, { url: `sqlite:${path}` }, { migrations: one });
    const says = new RegExp(`${path}: file is not a database[^]*check \`url:\`, or restore a backup`);
    assert.match((await run(image, ["--status"])).stdout, says);
    assert.match((await upgrade(image, [], 1)).stderr, says);
    assert.equal(readFileSync(path, "utf8"), text);
  });
});

describe("a PRAGMA that changes the file", { concurrency: 2 }, () => {
  const bigPages = "-- seaworthy: no-transaction\nPRAGMA page_size = 8192; PRAGMA auto_vacuum = FULL;\nVACUUM;";
  const shape = ({ list }: ReturnType<typeof sqliteFile>) =>
    ["page_size", "auto_vacuum", "journal_mode"].flatMap((name) => list(`PRAGMA ${name}`));

  test("does so with a VACUUM", async () => {
    const file = sqliteFile();
    await upgrade(shopOn(suite, file, { migrations: { "1_a.sql": bigPages } }));
    assert.deepEqual(shape(file), [8192, 1, "delete"]);
  });

  test("is refused in WAL mode, and runs outside of it", async () => {
    const file = sqliteFile();
    file.execute("PRAGMA journal_mode = WAL");
    const { stderr } = await upgrade(shopOn(suite, file, { migrations: { "1_a.sql": bigPages } }), [], 1);
    assert.match(
      stderr,
      /1_a\.sql:2:1\): in WAL mode, SQLite keeps the page size\. Write `PRAGMA journal_mode = DELETE/,
    );
    assert.deepEqual(shape(file), [4096, 0, "wal"]);
    const outside = `${bigPages.replace("PRAGMA", "PRAGMA journal_mode = DELETE; PRAGMA")}\nPRAGMA journal_mode = WAL;`;
    await upgrade(shopOn(suite, file, { migrations: { "1_a.sql": outside } }));
    assert.deepEqual(shape(file), [8192, 1, "wal"]);
  });
});

describe("a parameter of the URL", { concurrency: 2 }, () => {
  for (const parameter of ["mode=ro", "immutable=1"])
    test(`${parameter} forbids an upgrade, and lets looks read`, async () => {
      const file = sqliteFile();
      file.execute("CREATE TABLE app (n)");
      const image = shopOn(suite, { url: `${file.url}?${parameter}` }, { migrations: one });
      assert.match((await run(image, ["--status"])).stdout, /behind/);
      const { stderr } = await upgrade(image, [], 78);
      assert.match(
        stderr,
        new RegExp(`its URL has ${parameter}\\. Remove it, or set upgrade\\.url .* Nothing was changed`),
      );
      assert.deepEqual(file.list("SELECT name FROM sqlite_schema"), ["app"]);
    });

  test("mode=rw creates no file", async () => {
    const file = sqliteFile();
    const image = shopOn(suite, { url: `${file.url}?mode=rw` }, { migrations: one, upgrade: impatient });
    assert.match((await upgrade(image, [], 69)).stderr, /it does not exist/);
    assert.equal(existsSync(file.path), false);
    file.execute("CREATE TABLE app (n)");
    await upgrade(image);
    assert.deepEqual(applied(file), ["1_a"]);
  });

  test("vfs=unix-dotfile is refused, because it has other locks", async () => {
    const image = shopOn(suite, { url: `${sqliteFile().url}?vfs=unix-dotfile` }, { migrations: one });
    assert.match((await upgrade(image, [], 78)).stderr, /the parameter vfs must be unix, or left out/);
  });
});
