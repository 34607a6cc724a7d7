import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test, type TestContext } from "node:test";
import { openSuite } from "../../harness/leaks.ts";
import { long } from "../../harness/long.ts";
import type { RunningProgram } from "../../harness/program.ts";
import { assertCode, shopFiles, start } from "../../fixtures/upgrade/shop.ts";
import { appliedIn } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

const mebibyte = 1024 ** 2;
/** With TEST_LONG=1, the size from the manual. */
const sizeMb = long ? 100 : 30;
/** The memory of Node itself. */
const baseMb = 80;

/** Kinds of large files. Each function returns a line of about 10 kB, given its number. */
const kinds: Readonly<Record<string, { readonly head?: string; readonly line: (n: number) => string }>> = {
  "rows, one statement each": { line: (n) => `INSERT INTO bulk VALUES (${n}, '${"x".repeat(10_000)}');\n` },
  "rows beyond Latin-1, with carriage returns": {
    line: (n) => `INSERT INTO bulk VALUES (${n}, '${"größer 😀 ".repeat(700)}');\r\n`,
  },
  "rows without a transaction": {
    head: "-- seaworthy: no-transaction\n",
    line: (n) => `INSERT INTO bulk VALUES (${n}, '${"x".repeat(100_000)}');\n`,
  },
};

/** Its peak memory, in MiB. */
async function peakOf(program: RunningProgram): Promise<number> {
  const status = `/proc/${await program.pid()}/status`;
  let peak = 0;
  const look = () => {
    try {
      peak = Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(status, "utf8"))?.[1] ?? peak);
    } catch {
      // The process has ended.
    }
  };
  const timer = setInterval(look, 5);
  await program.ended;
  clearInterval(timer);
  return peak / 1024;
}

describe(`a migration of ${sizeMb} MB`, () => {
  for (const [title, { head = "", line }] of Object.entries(kinds)) {
    test(`${title}: needs at most eight times its size in memory`, async (context: TestContext) => {
      const database = await suite.database();
      await database.query("CREATE TABLE bulk (n int, text text)");
      const count = Math.ceil((sizeMb * mebibyte) / Buffer.byteLength(line(0)));
      const text = Buffer.from(head + Array.from({ length: count }, (_, n) => line(n)).join(""));
      const image = suite.image(shopFiles({ url: database.url, migrations: { "1_bulk.sql": text } }));
      const program = start(image, ["--upgrade"]);
      const peak = await peakOf(program);
      assertCode(await program.ended, 0);
      assert.deepEqual(await database.query("SELECT count(*)::int AS count FROM bulk"), [{ count }]);
      assert.deepEqual(await appliedIn(database), ["1_bulk"]);
      const times = (peak - baseMb) / (text.length / mebibyte);
      context.diagnostic(
        `at most ${peak.toFixed(0)} MiB, which is ${baseMb} MiB and ${times.toFixed(1)} times the file`,
      );
      assert.ok(times < 8, `it took ${peak.toFixed(0)} MiB`);
    });
  }
});

test("the rows that a migration selects are not kept in memory", async (context: TestContext) => {
  const database = await suite.database();
  const sql = `SELECT repeat('x', 1024) FROM generate_series(1, ${sizeMb} * 1024);`;
  const image = suite.image(shopFiles({ url: database.url, migrations: { "1_reads.sql": sql } }));
  const program = start(image, ["--upgrade"]);
  const peak = await peakOf(program);
  assertCode(await program.ended, 0);
  assert.deepEqual(await appliedIn(database), ["1_reads"]);
  context.diagnostic(`at most ${peak.toFixed(0)} MiB for ${sizeMb} MB of rows`);
  assert.ok(peak < baseMb + sizeMb / 2, `it took ${peak.toFixed(0)} MiB`);
});
