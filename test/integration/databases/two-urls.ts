import { assertCode, run } from "../../fixtures/upgrade/shop.ts";
import type { TestDatabase } from "../../harness/database.ts";
import type { Image } from "../../harness/image.ts";
import type { Suite } from "../../harness/leaks.ts";
import type { Ended } from "../../harness/program.ts";

export const migrations = { "1_a.sql": "CREATE TABLE a (id int);" };
const nothing: Readonly<Record<string, string>> = {};

interface Urls {
  readonly health: string;
  readonly upgrade: string;
}

/** An image without a configuration file. Two variables have the URLs of its databases. */
export const plainImage = (suite: Suite, files: Readonly<Record<string, string>> = nothing): Image =>
  suite.image({ "migrations/1_a.sql": migrations["1_a.sql"], ...files });

export const environmentOf = ({ health, upgrade }: Urls) => ({
  APP_VERSION: "1.0.0",
  DATABASE_URL: health,
  UPGRADE_DATABASE_URL: upgrade,
  SEAWORTHY_UPGRADE_VERIFY_SECONDS: "0.5",
  SEAWORTHY_UPGRADE_CONNECT_TIMEOUT_SECONDS: "1",
});

export async function runWith(
  suite: Suite,
  urls: Urls,
  argv: readonly string[],
  code: number,
  image = plainImage(suite),
): Promise<Ended> {
  const ended = await run(image, argv, { environment: environmentOf(urls) });
  assertCode(ended, code);
  return ended;
}

/** Whether seaworthy has created anything in the database. */
export async function isUntouched(database: Pick<TestDatabase, "query">): Promise<boolean> {
  const [row] = await database.query(
    "SELECT to_regclass('seaworthy.releases') IS NULL AND to_regclass('a') IS NULL AS none",
  );
  return row?.["none"] === true;
}

export const nameOf = ({ url }: Pick<TestDatabase, "url">) => new URL(url).pathname.slice(1);
