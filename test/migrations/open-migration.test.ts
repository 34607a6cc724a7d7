import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { readMigrationFolder } from "../../src/migrations/folder.ts";
import { readScript } from "../../src/migrations/script.ts";
import { postgresDialect } from "../../src/migrations/sql/dialect.ts";
import { expandOnly } from "../../src/migrations/tier.ts";

const folder = mkdtempSync(join(tmpdir(), "seaworthy-special-"));
after(() => rmSync(folder, { recursive: true }));

describe("a migration that is not a file is refused by name, without waiting", () => {
  execFileSync("mkfifo", [join(folder, "0002_pipe.sql")]);
  mkdirSync(join(folder, "inner"));
  writeFileSync(join(folder, "0001_a.sql"), "SELECT 1");
  const file = { name: "0002_pipe", path: join(folder, "0002_pipe.sql") };
  const refusal = { exitCode: 78, message: /cannot read the migration .*0002_pipe\.sql: it is not a file/ };

  test("an upgrade", () => assert.throws(() => readScript(file, postgresDialect), refusal));
  test("a health check", () => assert.throws(() => expandOnly([file]), refusal));
  test("the listing of a folder with other migrations", () =>
    assert.throws(() => readMigrationFolder(folder), { exitCode: 78, message: /0002_pipe\.sql/ }));
  test("control: the file beside it is read", () => {
    const good = { name: "0001_a", path: join(folder, "0001_a.sql") };
    assert.equal(readScript(good, postgresDialect).source, "SELECT 1");
    assert.deepEqual(expandOnly([good]), [good]);
  });
});
