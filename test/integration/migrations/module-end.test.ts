import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { applied, sqliteFile } from "../../fixtures/upgrade/sqlite.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { createShopDatabase } from "../upgrade/mysql-shop.ts";
import { appliedIn } from "../upgrade/upgrading.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());

interface Place {
  readonly url: string;
  readonly applied: () => Promise<readonly unknown[]>;
  /** The values of the only column. */
  readonly list: (sql: string) => Promise<readonly unknown[]>;
}

const firstColumn = (rows: readonly object[]) => rows.map((row) => Object.values(row)[0] as unknown);

const engines: Readonly<Record<string, () => Promise<Place>>> = {
  async Postgres() {
    const database = await suite.database();
    return {
      url: database.url,
      applied: () => appliedIn(database),
      list: async (sql) => firstColumn(await database.query(sql)),
    };
  },
  async MariaDB() {
    const database = await createShopDatabase(mariadb(), suite);
    return { ...database, list: async (sql) => firstColumn(await database.query(sql)) };
  },
  async SQLite() {
    const file = sqliteFile();
    return { url: file.url, applied: async () => applied(file), list: async (sql) => file.list(sql) };
  },
};

/** Never answers. */
async function startSilent() {
  const server = createServer(() => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` };
}

for (const [engine, open] of Object.entries(engines))
  describe(
    `a migration in JavaScript on ${engine}`,
    { concurrency: 2, skip: engine === "MariaDB" && (lacksMariadb() ?? false) },
    () => {
      test("whose timer sends a statement later fails the upgrade, and the statement reaches no other migration", async () => {
        const place = await open();
        const migrations = {
          "1_a.sql": "CREATE TABLE log (entry int);",
          "2_late.mjs": `export async function up({ query }) {
            await query("INSERT INTO log VALUES (2)");
            globalThis.send = () => query("INSERT INTO log VALUES (99)").catch(() => {});
          }`,
          "3_next.mjs": `export async function up({ query }) {
            await query("INSERT INTO log VALUES (3)");
            setTimeout(globalThis.send, 1);
            await new Promise(() => {});
          }`,
        };
        const { stderr } = await upgrade(suite.image(shopFiles({ url: place.url, migrations })), [], 1);
        assert.match(stderr, /the migration 2_late sent a statement after it had ended\. Await every query in `up`/);
        assert.deepEqual(await place.list("SELECT entry FROM log ORDER BY entry"), [2]);
        assert.deepEqual(await place.applied(), ["1_a", "2_late"]);
      });

      for (const signal of ["SIGTERM", "SIGINT"] as const)
        test(`that waits for a server ends at ${signal} with 143, and the next run completes it`, async () => {
          const place = await open();
          const silent = await startSilent();
          const migrations = (wait: string) => ({
            "1_a.sql": "CREATE TABLE log (entry int);",
            "2_waits.mjs": `export async function up({ query }) {
              await query("INSERT INTO log VALUES (1)");
              await query("CREATE TABLE other (id int)");
              await query("INSERT INTO log VALUES (2)");
              ${wait}
              await query("INSERT INTO log VALUES (3)");
            }`,
            "3_c.sql": "INSERT INTO log VALUES (4);",
          });
          const waiting = migrations(`await fetch(${JSON.stringify(silent.url)}).catch(() => {});`);
          const program = start(suite.image(shopFiles({ url: place.url, migrations: waiting })), ["--upgrade"]);
          await once(silent.server, "request");
          await program.signal(signal);
          const ended = await program.ended;
          assert.equal(ended.code, 143, ended.stderr);
          assert.match(ended.stderr, /the upgrade was interrupted/);
          assert.deepEqual(await place.applied(), ["1_a"]);
          silent.server.closeAllConnections();
          silent.server.close();
          await upgrade(suite.image(shopFiles({ url: place.url, migrations: migrations("") })));
          assert.deepEqual(await place.list("SELECT entry FROM log ORDER BY entry"), [1, 2, 3, 4]);
          assert.deepEqual(await place.applied(), ["1_a", "2_waits", "3_c"]);
        });
    },
  );
