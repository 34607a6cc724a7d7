import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseVersion } from "../../src/versions/parse.ts";

describe("parseVersion", () => {
  for (const [text, numbers, prerelease] of [
    ["2.3.0", "2.3.0", ""],
    ["v2.3", "2.3", ""],
    ["7", "7", ""],
    [" 1.2.3\n", "1.2.3", ""],
    ["2024.01.15", "2024.1.15", ""],
    ["10.0.19045.3930", "10.0.19045.3930", ""],
    ["20240102030405", "20240102030405", ""],
    // Above 2^53, a double would round.
    ["20240102030405678901", "20240102030405678901", ""],
    ["1.2.3-rc.1", "1.2.3", "rc.1"],
    ["1.2.3-alpha", "1.2.3", "alpha"],
    ["1.2.3+build.5", "1.2.3", ""],
    ["1.2.3-rc.1+build.5", "1.2.3", "rc.1"],
    ["15.4 (Debian 15.4-1.pgdg120+1)", "15.4", ""],
    ["18.1, compiled by gcc", "18.1", ""],
  ] as const) {
    test(JSON.stringify(text), () => {
      const version = parseVersion(text);
      assert.deepEqual([version?.numbers.join("."), version?.prerelease.join(".")], [numbers, prerelease]);
      assert.equal(version?.text, text.trim());
    });
  }

  const none = ["", " ", "latest", "main-abc", "v", "1.", ".1", "1..2", "1.2.x", "-1", "1.2.3-", "0x10", "１.2"];
  for (const text of none) {
    test(`${JSON.stringify(text)} is not a version, and not 0.0.0`, () => {
      assert.equal(parseVersion(text), undefined);
    });
  }
});
