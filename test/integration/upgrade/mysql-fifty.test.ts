import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { assertCode, run } from "../../fixtures/upgrade/shop.ts";
import type { ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { createShopDatabase } from "./mysql-shop.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());

/** Each inserts a row, and would insert a second one if it ran again. */
function migrationsUpTo(last: number): ImageFiles {
  const files: Record<string, string> = { "00_log.sql": "CREATE TABLE log (n int);" };
  for (let n = 1; n <= last; n++) {
    if (n % 3 === 0)
      files[`${n}_alter.sql`] = `ALTER TABLE log ADD COLUMN c${n} int;\nINSERT INTO log (n) VALUES (${n});`;
    else if (n % 3 === 1)
      files[`${n}_module.mjs`] = `export const up = ({ query }) => query("INSERT INTO log (n) VALUES (?)", [${n}]);`;
    else files[`${n}_row.sql`] = `INSERT INTO log (n) VALUES (${n}); SELECT SLEEP(0.05);`;
  }
  return files;
}

describe("many upgrades at once on MariaDB", { skip: lacksMariadb() ?? false }, () => {
  for (const count of [10, 50]) {
    test(`${count}, of two releases: each migration runs once, all exit 0, and the newer release is recorded last`, async () => {
      await using database = await createShopDatabase(mariadb(), suite);
      const older = database.image({ version: "1.0.0", migrations: migrationsUpTo(8) });
      const newer = database.image({ version: "2.0.0", migrations: migrationsUpTo(16) });
      const starts = Array.from({ length: count }, (_, index) => (index % 2 === 0 ? older : newer));
      const endings = await Promise.all(starts.map((image) => run(image, ["--upgrade"])));
      for (const ended of endings) assertCode(ended, 0);
      const saying = (text: string) => endings.filter(({ stderr }) => stderr.includes(text)).length;
      assert.equal(saying("upgraded shop to 2.0.0"), 1);
      assert.equal(saying("upgraded shop") + saying("nothing to do"), count);
      const rows = await database.query("SELECT n FROM log ORDER BY n");
      assert.deepEqual(
        rows.map(({ n }) => n),
        Array.from({ length: 16 }, (_, index) => index + 1),
      );
      assert.equal((await database.applied()).length, 17);
      assert.equal((await database.releases()).at(-1), "shop@2.0.0");
    });
  }
});
