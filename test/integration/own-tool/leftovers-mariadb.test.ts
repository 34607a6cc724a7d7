import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { createConnection, type Connection } from "mysql2/promise";
import { assertCode, start } from "../../fixtures/upgrade/shop.ts";
import { tool } from "../../fixtures/upgrade/tool.ts";
import { openSuite } from "../../harness/leaks.ts";
import { waitFor } from "../../harness/wait.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { appOn, killAll } from "./slow-tool.ts";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());

describe("in MariaDB", { skip: lacksMariadb() ?? false }, () => {
  const connect = async (uri: string): Promise<Connection> => {
    const connection = await createConnection({ uri, multipleStatements: true });
    connection.on("error", () => {});
    return connection;
  };

  /** Runs for ever. MariaDB notices a lost client while a statement waits for a lock, but not while it computes. */
  const endless = `CREATE TABLE big AS SELECT SUM(x.seq * y.seq) AS total FROM seq_1_to_1000000 AS x, seq_1_to_1000000 AS y
    WHERE 'a-secret-literal' <> '';`;

  for (const place of ["Postgres", "the same database"] as const)
    test(`with the lock in ${place}, an upgrade waits for a statement that outlives its tool, but not for the app's queries`, async () => {
      const name = `shop_${place.length}`;
      await mariadb().run(`CREATE DATABASE ${name}`);
      const url = mariadb().url.replace(/shop$/, name);
      const ledger = await suite.database();
      const app = await connect(url);
      const reader = await connect(url);
      const reading = reader.query("SELECT SLEEP(600)").catch(() => {});
      const image = appOn(suite, ledger, {
        url,
        sql: endless,
        upgrade: { ...(place === "Postgres" && { ledger: ledger.url }), migrate: tool },
      });
      const first = start(image, ["--upgrade"]);
      const find = async () => {
        const [rows] = await app.query("SHOW FULL PROCESSLIST");
        return (rows as { Id: number; Info: string | null }[]).find(({ Info }) => Info?.startsWith("CREATE TABLE big"));
      };
      const found = await waitFor("the statement", find);
      await killAll(first);
      assert.ok(await find(), "control: it still runs");
      image.write("migrations/2_slow.sql", "CREATE TABLE IF NOT EXISTS big (total int);");
      const second = start(image, ["--upgrade"]);
      await second.waitForOutput(
        new RegExp(
          `left running in the database: connection ${found.Id} \\(root, for \\d+ s\\): CREATE TABLE big AS SELECT SUM\\(x\\.seq`,
        ),
      );
      assert.ok(await find(), "control: it still runs");
      await app.query(`KILL QUERY ${found.Id}`);
      const ended = await second.ended;
      assertCode(ended, 0);
      assert.match(ended.stderr, /the tool applied 1\n/);
      assert.doesNotMatch(ended.stderr, /SLEEP|a-secret-literal/);
      reader.destroy();
      await reading;
      await app.end();
    });
});
