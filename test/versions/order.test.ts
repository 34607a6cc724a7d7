import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareVersions } from "../../src/versions/compare.ts";
import { parseRelease } from "../../src/versions/parse.ts";

describe("order", () => {
  /** Each is below the next. */
  const ascending = [
    [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
    ],
    ["1.0.0-rc2", "1.0.0-rc10", "1.0.0", "1.0.0-1-gabc1234", "1.0.0-20-gabc1234", "1.0.1-rc.1", "1.0.1"],
    ["9", "10", "10.0.1", "10.1", "10.10", "10.11", "11"],
    ["2023-10-16", "2024-01-15", "2024.02"],
    ["9007199254740991", "9007199254740992", "9007199254740993", "20240102030405060708", "20240102030405060709"],
    ["0", "0.0.0.1", "0.0.1", "0.1", "1"],
    ["17beta1", "17beta2", "17rc1", "17", "17.1"],
    ["1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0-1a"],
  ];
  for (const list of ascending) {
    test(list.join(" < "), () => {
      const versions = list.map((text) => parseRelease(text) ?? assert.fail(text));
      for (const [i, left] of versions.entries())
        for (const [j, right] of versions.entries())
          assert.equal(compareVersions(left, right), Math.sign(i - j), `${list[i]} : ${list[j]}`);
    });
  }
  const equal = [
    ["2", "2.0", "2.0.0", "v2.0.0", "02.00", "2.0.0+build.5", "2.0.0-dirty", "2.0.0-0-gabc1234"],
    ["1.0.0-rc1", "1.0.0-rc.1", "1.0.0-RC1", "1.0.0rc1"],
  ];
  for (const list of equal) {
    test(list.join(" = "), () => {
      const versions = list.map((text) => parseRelease(text) ?? assert.fail(text));
      for (const left of versions) for (const right of versions) assert.equal(compareVersions(left, right), 0);
    });
  }
});
