import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { assertCode, run, shopFiles } from "../../fixtures/upgrade/shop.ts";
import { appliedIn, releasesIn } from "./upgrading.ts";

const suite = openSuite();
after(() => suite.end());

/** Each inserts a row, and would insert a second one if it ran again. */
function migrationsUpTo(last: number): ImageFiles {
  const files: Record<string, string> = { "00_log.sql": "CREATE TABLE log (n int);" };
  for (let n = 1; n <= last; n++) {
    if (n % 5 === 0) {
      files[`${n}_index.sql`] =
        `-- seaworthy: no-transaction\nCREATE INDEX CONCURRENTLY log_${n} ON log (n);\nINSERT INTO log VALUES (${n});`;
    } else if (n % 5 === 1) {
      files[`${n}_module.mjs`] = `export const up = ({ query }) => query("INSERT INTO log VALUES ($1)", [${n}]);`;
    } else files[`${n}_row.sql`] = `INSERT INTO log VALUES (${n}); SELECT pg_sleep(0.05);`;
  }
  return files;
}

test("fifty upgrades at once, of two releases: each migration runs once, all exit 0, and the newer release is recorded last", async () => {
  const database = await suite.database();
  const older = suite.image(shopFiles({ url: database.url, version: "1.0.0", migrations: migrationsUpTo(10) }));
  const newer = suite.image(shopFiles({ url: database.url, version: "2.0.0", migrations: migrationsUpTo(20) }));
  const starts = Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? older : newer));
  const endings = await Promise.all(starts.map((image) => run(image, ["--upgrade"])));

  for (const ended of endings) assertCode(ended, 0);
  const saying = (text: string) => endings.filter(({ stderr }) => stderr.includes(text)).length;
  assert.equal(saying("upgraded shop to 2.0.0"), 1);
  // If the newer release came first, the older ones had nothing to do.
  assert.ok(saying("upgraded shop to 1.0.0") <= 1);
  assert.equal(saying("upgraded shop") + saying("nothing to do"), 50);

  const rows = await database.query("SELECT n FROM log ORDER BY n");
  assert.deepEqual(
    rows.map(({ n }) => n),
    Array.from({ length: 20 }, (_, index) => index + 1),
  );
  assert.equal((await appliedIn(database)).length, 21);
  assert.equal((await releasesIn(database)).at(-1), "shop@2.0.0");
  assert.equal((await releasesIn(database)).length, saying("upgraded shop"));

  const late = await run(older, ["--upgrade"]);
  assertCode(late, 0);
  assert.match(late.stderr, /nothing to do/);
});
