import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareVersions } from "../../src/versions/compare.ts";
import { parseVersion } from "../../src/versions/parse.ts";

function order(a: string, b: string): number {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  assert.ok(left && right);
  return Math.sign(compareVersions(left, right));
}

describe("compareVersions", () => {
  // Each lower than the next. The prereleases are the example of semver §11.
  const chains = [
    "0 0.0.1 0.9 0.10 1",
    "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0",
    "9.9.9 10.0.0-rc.1 10.0.0",
    "2024.01.15 2024.2.1 2024.12.01 2025.01.01",
    "20240102030405678900 20240102030405678901",
    "10.0.19045.1 10.0.19045.2 10.0.19046",
  ];
  for (const chain of chains) {
    test(chain.replaceAll(" ", " < "), () => {
      const versions = chain.split(" ");
      for (const [i, a] of versions.entries()) {
        for (const [j, b] of versions.entries()) assert.equal(order(a, b), Math.sign(i - j), `${a} ${b}`);
      }
    });
  }

  for (const [a, b] of [
    ["2.3", "2.3.0"],
    ["v1.0", "1"],
    ["1.02.3", "1.2.3"],
    ["1.2.3+a", "1.2.3+b"],
    ["15.4 (Debian)", "15.4"],
  ] as const) {
    test(`${a} equals ${b}`, () => assert.equal(order(a, b), 0));
  }
});
