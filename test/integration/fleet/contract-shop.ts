import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runContainer } from "../../harness/container.ts";
import { createShop, type Shop } from "../../harness/shop.ts";

const bundle = { build: "bundle", asPid1: false } as const;
let made = 0;

/** An image of 2.0.0 that has the migrations of `shop` and a new contract migration. */
export function addContract(shop: Shop, url: string): Shop {
  const newer = createShop(url, { version: "2.0.0", migrations: shop.migrations });
  const name = `${String(9000 + ++made)}_contract.sql`;
  writeFileSync(
    join(newer.folder, "migrations", name),
    `-- seaworthy: contract 2.0.0\nCREATE TABLE contract_${made} (id int);`,
  );
  return newer;
}

/** Why an upgrade would defer the contract migration: empty text if it would apply it. Changes nothing. */
export async function deferralOf({ settings }: Shop): Promise<string> {
  const { code, stdout, stderr } = await runContainer(bundle, ["--plan"], { settings });
  assert.equal(code, 3, stderr);
  assert.match(stdout, /contract +\d+_contract /);
  return /^ +deferred: (.*)$/m.exec(stdout)?.[1] ?? "";
}
