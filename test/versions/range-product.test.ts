import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseVersion } from "../../src/versions/parse.ts";
import { productOfText } from "../../src/versions/product.ts";
import { parseRange, type Standing } from "../../src/versions/range.ts";

describe("a product in a range", () => {
  const rows: readonly (readonly [range: string, product: string | undefined, version: string, standing: Standing])[] =
    [
      ["mysql >=8", "mysql", "8.0.35", "within"],
      ["MySQL >=8 <9", "mysql", "9.1.0", "above"],
      ["elasticsearch ^8.1", "elasticsearch", "7.17.0", "below"],
      ["postgresql >=14", "postgres", "15.4", "within"],
      ["postgres 16.x", "postgres", "16.2", "within"],
      ["redis v7", "redis", "7.2.4", "within"],
      ["REDIS V7", "redis", "6.2.4", "below"],
      [">=8", undefined, "8.0", "within"],
    ];
  for (const [text, product, version, standing] of rows) {
    test(text, async () => {
      const range = await parseRange(text);
      assert.deepEqual([range?.product, range?.text], [product, text]);
      assert.equal(range?.standingOf(parseVersion(version) ?? assert.fail()), standing);
    });
  }

  const answers: readonly (readonly [answer: string, product: string | undefined])[] = [
    ["PostgreSQL 15.4 on x86_64-pc-linux-gnu, compiled by gcc", "postgres"],
    ["PostgreSQL 11.2-YB-2.18.1.0-b0 on x86_64", "yugabytedb"],
    ["PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC, Redshift 1.0.57798", "redshift"],
    ["CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu)", "cockroachdb"],
    ["MySQL 8.0.35-0ubuntu0.22.04.1", "mysql"],
    ["MySQL 10.11.6-MariaDB-1:10.11.6+maria~deb12", "mariadb"],
    ["MySQL 8.0.11-TiDB-v7.5.0", "tidb"],
    ["redis 7.0.15", "redis"],
    ["valkey 8.0.1", "valkey"],
    ["nginx/1.22.1", "nginx"],
    ["nginx version: nginx/1.22.1", "nginx"],
    ["psql (PostgreSQL) 15.4", "postgres"],
    ["Redis server v=7.0.15 sha=00000000", "redis"],
    ["git version 2.39.2", "git"],
    ["15.4", undefined],
    ["", undefined],
  ];
  for (const [answer, product] of answers)
    test(`${JSON.stringify(answer)} is ${product ?? "an unknown product"}`, () =>
      assert.equal(productOfText(answer), product));
});
