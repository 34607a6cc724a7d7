import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseVersion } from "../../src/versions/parse.ts";
import { parseRange } from "../../src/versions/range.ts";

async function standing(range: string, version: string): Promise<string> {
  const [read, found] = [await parseRange(range), parseVersion(version)];
  assert.ok(read && found, range);
  assert.equal(read.text, range);
  return read.standingOf(found);
}

describe("parseRange", () => {
  const rows: readonly (readonly [string, string, string])[] = [
    [">=2.1.0", "2.0.9", "below"],
    [">=2.1.0", "2.1.0", "within"],
    [">=2.1.0", "2.1.0-rc.1", "below"],
    [">=2.1.0", "10.0", "within"],
    [">2.1", "2.1.0", "below"],
    ["<3", "3.0.0", "above"],
    ["<3", "2.99", "within"],
    ["<=3", "3.0.1", "above"],
    [">=2.1 <3", "2.0", "below"],
    [">=2.1 <3", "2.5", "within"],
    [">=2.1 <3", "3.0", "above"],
    [">= 2.1 < 3", "2.5", "within"],
    [">=2.1,<3", "3.1", "above"],
    // A version with one or two numbers means all that begin with them, as in npm.
    ["2", "2.9.1", "within"],
    ["2", "3.0.0", "above"],
    ["2.1", "2.1.7", "within"],
    ["2.1", "2.0.9", "below"],
    ["=2.1", "2.2", "above"],
    ["2.1.0", "2.1.1", "above"],
    ["==2.1.0", "2.1.0", "within"],
    ["20240115", "20240115", "within"],
    // Of any form and length.
    [">=20240102030405678900", "20240102030405678899", "below"],
    [">=20240102030405678900", "20240102030405678901", "within"],
    [">=10.0.19045.3930", "10.0.19045.3929", "below"],
    [">=2024.01.15", "2024.1.14", "below"],
    [">=15", "15.4 (Debian 15.4-1)", "within"],
    // Ranges that need npm's semver.
    ["^2.1.0", "2.0.9", "below"],
    ["^2.1.0", "2.9", "within"],
    ["^2.1.0", "3.0.0", "above"],
    ["^2.1.0", "2.2.0-rc.1", "within"],
    ["~2.1", "2.2.0", "above"],
    ["2.x", "2.4", "within"],
    ["*", "0.0.1", "within"],
    ["1.2 - 1.4", "1.5.0", "above"],
    ["1.x || >=3", "2.0.0", "below"],
    ["1.x || >=3", "3.1.0", "within"],
    ["^1.2.3", "20240102030405678901", "above"],
  ];
  for (const [range, version, expected] of rows) {
    test(`${version} is ${expected} ${range}`, async () => assert.equal(await standing(range, version), expected));
  }

  for (const text of ["latest", "=>2", ">=main", "2.1 beta", "not a range", ">=2 || nonsense"]) {
    test(`${JSON.stringify(text)} is not a range`, async () => assert.equal(await parseRange(text), undefined));
  }
});
