import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nearest } from "../../src/kernel/nearest.ts";

describe("nearest", () => {
  const keys = ["app", "run", "dependencies", "upgrade", "health", "log"];
  for (const [word, expected] of [
    ["dependancies", "dependencies"],
    ["Upgrade", "upgrade"],
    ["updgrade", "upgrade"],
    ["helth", "health"],
    ["rnu", "run"],
    ["apps", "app"],
    ["xyz", undefined],
    ["database", undefined],
    ["", undefined],
    ["depend", "dependencies"],
    ["logger", "log"],
    ["logging", undefined],
    ["lo", "log"],
    ["he", undefined],
  ] as const) {
    test(`${word || "nothing"} → ${expected ?? "nothing"}`, () => assert.equal(nearest(word, keys), expected));
  }

  test("without allowed words, there is none", () => assert.equal(nearest("app", []), undefined));
});
