import assert from "node:assert/strict";
import { run, shopFiles, upgrade, type ShopOptions } from "../../fixtures/upgrade/shop.ts";
import type { TestDatabase } from "../../harness/database.ts";
import type { Image } from "../../harness/image.ts";
import type { Suite } from "../../harness/leaks.ts";
import { tablesOf } from "../upgrade/upgrading.ts";

export const noTransaction = (sql: string) => `-- seaworthy: no-transaction\n${sql}`;
export const failing = "ALTER TABLE nosuch ADD COLUMN a int;";

export interface Begun {
  readonly database: TestDatabase;
  readonly image: Image;
  readonly write: (sql: string) => void;
}

/** A migration whose last statement failed after the others were done. */
export async function begin(suite: Suite, sql: string, options: Partial<ShopOptions> = {}): Promise<Begun> {
  const database = await suite.database();
  const migrations = { "1_steps.sql": noTransaction(sql) };
  const image = suite.image(shopFiles({ url: database.url, ...options, migrations }));
  await upgrade(image, [], 1);
  return { database, image, write: (text) => image.write("migrations/1_steps.sql", noTransaction(text)) };
}

export async function assertRefused({ database, image }: Begun, message: RegExp): Promise<void> {
  const before = await tablesOf(database);
  for (const flag of ["--plan", "--upgrade"]) {
    const { code, stderr } = await run(image, [flag]);
    assert.equal(code, 78, stderr);
    assert.match(stderr, message);
  }
  assert.deepEqual(await tablesOf(database), before);
  const status = await run(image, ["--status"]);
  assert.equal(status.code, 1);
  assert.match(status.stdout, /dirty/);
}

export async function assertFinished({ database, image }: Begun, tables: readonly string[]): Promise<void> {
  assert.deepEqual(await tablesOf(database), tables);
  assert.equal((await run(image, ["--status"])).code, 0);
  assert.match((await upgrade(image)).stderr, /nothing to do/);
  assert.deepEqual(await database.query("SELECT * FROM seaworthy.migrations_steps"), []);
  // The recorded checksum is that of the corrected file: a later version finds no drift.
  image.write("migrations/9_last.sql", "SELECT 1;");
  image.write("seaworthy.yaml", configurationOf(database, "9.0.0"));
  await upgrade(image);
}

export function configurationOf({ url }: TestDatabase, version: string): string {
  return String(shopFiles({ url, version, migrations: {} })["seaworthy.yaml"]);
}
