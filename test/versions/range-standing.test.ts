import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseVersion, type VersionScheme } from "../../src/versions/parse.ts";
import { parseRange, type Standing } from "../../src/versions/range.ts";

describe("ranges", () => {
  const rows: readonly (readonly [range: string, version: string, standing: Standing])[] = [
    [">=2.1.0", "2.1.0", "within"],
    [">=2.1.0", "2.0.9", "below"],
    [">=2.1.0", "3.0.0", "within"],
    [">=2.1.0", "2.1.0-rc.1", "below"],
    [">=2.1.0-rc.1", "2.1.0-rc.1", "within"],
    [">=2.1", "2.1.0", "within"],
    [">=2.1 <3", "3", "above"],
    [">=2.1 <3", "2.99", "within"],
    [">2.3.0", "2.3.0-5-gabc1234", "within"],
    [">2.3.0", "2.3.0", "below"],
    ["<=2.3.0", "2.3.0-5-gabc1234", "above"],
    ["=2.3", "2.3.7", "within"],
    ["=2.3", "2.4.0", "above"],
    ["2.3", "2.2.9", "below"],
    ["=2.3.0", "2.3.1", "above"],
    ["==2.3.0", "2.3.0", "within"],
    [">= 2.1", "2.2", "within"],
    ["^2.1.0", "2.9.9", "within"],
    ["^2.1.0", "3.0.0", "above"],
    ["^2.1.0", "2.0.0", "below"],
    ["~2.1.0", "2.1.9", "within"],
    ["~2.1.0", "2.2.0", "above"],
    ["1.x || >=3", "2.5.0", "below"],
    ["1.x || >=3", "3.1.0", "within"],
    ["*", "0.0.1", "within"],
    ["^15.4", "15.14 (Debian 15.14-0+deb12u1)", "within"],
    [">=14", "15.4 (Debian 15.4-1.pgdg120+1)", "within"],
    [">=10.11.6", "5.5.5-10.11.6-MariaDB-1:10.11.6+maria~deb12", "within"],
    [">=10.11.7", "5.5.5-10.11.6-MariaDB-1:10.11.6+maria~deb12", "below"],
    [">=14", "PostgreSQL 15.4 on x86_64-pc-linux-gnu, compiled by gcc, 64-bit", "within"],
    [">=20240102030405060708", "20240102030405060708", "within"],
    [">=20240102030405060708", "20240102030405060707", "below"],
    [">=9007199254740993", "9007199254740992", "below"],
    [">=2024-01-15", "2024-01-14", "below"],
    [">=24.04", "24.10", "within"],
    [">=2024.01.15.2", "2024.1.15.10", "within"],
    [">=2024-06-20", "2024-09-30.acacia", "within"],
    [">=1.8", "1.8.0_151-b12", "within"],
    [">=14, <16", "15.2", "within"],
    ["^1.0.0", "9007199254740993.0.0", "above"],
  ];
  for (const [range, version, standing] of rows) {
    test(`${version} is ${standing} ${range}`, async () => {
      const parsed = parseVersion(version) ?? assert.fail();
      assert.equal((await parseRange(range))?.standingOf(parsed), standing);
    });
  }
  const refused: readonly (readonly [range: string, scheme?: VersionScheme])[] = [
    [""],
    ["latest"],
    [">="],
    [">=2.x.y.z"],
    [">= 1.2 or more"],
    ["1.2.3.4.5-"],
    ["^2.1.0", "integer"],
    [">=2.1", "integer"],
    [">=2.1-rc.1", "numbers"],
    // The author of such a suffix expects an effect.
    [">=7.0.14-8"],
    [">=2024.01.15-2 <2025"],
    ["^1.29.3-gke.1"],
    ["1.2.3-alpine"],
    ["14,15"],
    [">=14(lts)"],
    ["mysql"],
    ["mysql latest"],
  ];
  for (const [range, scheme] of refused)
    test(`${JSON.stringify(range)}${scheme === undefined ? "" : ` of ${scheme}`} is refused`, async () =>
      assert.equal(await parseRange(range, scheme), undefined));
});
