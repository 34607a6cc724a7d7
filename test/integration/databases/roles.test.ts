import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TestDatabase } from "../../harness/database.ts";
import { endpointOf, waitForAnswer } from "../../harness/endpoint.ts";
import type { Image, ImageFiles } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { openSession } from "../../fixtures/upgrade/session.ts";
import { run, shopFiles, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { appliedIn } from "../upgrade/upgrading.ts";

const suite = openSuite();
after(() => suite.end());

/** The SQL from the manual, with other role names, because roles belong to the whole server. */
function rolesOfManual(database: string): string {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/how-to/use-two-roles.md"), "utf8");
  const [, sql = ""] = /```sql\n([^]*?)```/.exec(page) ?? [];
  assert.match(sql, /CREATE ROLE shop_upgrade LOGIN[^]*CREATE ROLE shop_app LOGIN/);
  return sql
    .replaceAll("DATABASE shop ", `DATABASE ${database} `)
    .replaceAll(/\bshop_(upgrade|app)\b/g, `${database}_$1`);
}

const migrations = {
  "1_items.sql": "CREATE TABLE items (id int GENERATED ALWAYS AS IDENTITY, note text, old text);",
  "2_index.sql": "-- seaworthy: no-transaction\nCREATE INDEX CONCURRENTLY items_note ON items (note);\nVACUUM items;",
  "3_module.mjs": `export const up = ({ query }) => query("INSERT INTO items (note) VALUES ($1)", ["first"]);`,
};
const contract = { "4_drop.sql": "-- seaworthy: contract 2.0.0\nALTER TABLE items DROP COLUMN old;" };

describe("with the two roles of the manual", () => {
  let database: TestDatabase;
  let urls: { readonly app: string; readonly upgrade: string };
  const image = (version: string, files: ImageFiles): Image =>
    suite.image(
      shopFiles({
        url: urls.app,
        version,
        migrations: files,
        upgrade: { url: urls.upgrade, lockWaitSeconds: 0.3 },
      }),
    );

  before(async () => {
    database = await suite.database();
    const [{ name } = {}] = await database.query("SELECT current_database() AS name");
    const sql = rolesOfManual(String(name));
    await database.query(sql);
    const urlOf = (role: string) => {
      const user = `${String(name)}_${role}`;
      const password = new RegExp(`CREATE ROLE ${user} LOGIN PASSWORD '(.*?)'`).exec(sql)?.[1] ?? "";
      return database.urlWith({ user, password });
    };
    urls = { app: urlOf("app"), upgrade: urlOf("upgrade") };
  });

  test("the upgrade's role plans and upgrades, and the app's role cannot", async () => {
    const one = image("1.0.0", migrations);
    assert.equal((await run(one, ["--plan"])).code, 3);
    // Control: with only the app's role it is refused, and the message has the fix.
    const { stderr } = await upgrade(suite.image(shopFiles({ url: urls.app, migrations })), [], 1);
    assert.match(stderr, /permission denied .*\(SQLSTATE 42501\)\. .*upgrade\.url/);
    await upgrade(one);
    assert.deepEqual(await appliedIn(database), ["1_items", "2_index", "3_module"]);
    assert.equal((await run(one, ["--plan"])).code, 0);
  });

  test("the app's role can look, and can read and write the new tables, but cannot alter them", async () => {
    const one = image("1.0.0", migrations);
    const status = await run(one, ["--status"]);
    assert.equal(status.code, 0, status.stdout + status.stderr);
    await using app = await openSession(database, "the app", urls.app);
    await app.query("INSERT INTO items (note) VALUES ('second'); UPDATE items SET note = 'third'; DELETE FROM items");
    for (const sql of [
      "DROP TABLE items",
      "CREATE TABLE mine ()",
      "UPDATE seaworthy.migrations SET name = ''",
      "DELETE FROM seaworthy.releases",
    ]) {
      await assert.rejects(app.query(sql), /permission denied|must be owner/, sql);
    }
  });

  test("the upgrade sees instances and blockers with the app's role", async () => {
    const one = image("1.0.0", migrations);
    const two = image("2.0.0", { ...migrations, ...contract, "5_alter.sql": "ALTER TABLE items ADD COLUMN more int" });
    const instance = start(one, ["sleep", "600"]);
    await waitForAnswer(`${await endpointOf(instance)}/health`, 200);
    await using app = await openSession(database, "the app", urls.app);
    await app.query("BEGIN; SELECT FROM items");
    const program = start(two, ["--upgrade"]);
    await program.waitForOutput(/5_alter cannot get a lock, held by pid \d+ \(the app/);
    await app.query("COMMIT");
    const { code, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    assert.match(stderr, /deferred 4_drop: instances older than 2\.0\.0 are alive: 1\.0\.0/);
    await waitForAnswer(`${await endpointOf(instance)}/health`, 200);
    await instance.signal("SIGTERM");
    await instance.ended;
    await upgrade(two);
    assert.match((await run(one, ["--status"])).stdout, /outgrown/);
  });
});
