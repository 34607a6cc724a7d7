import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sortByName } from "../../src/migrations/order.ts";

/** In order: plain names, Flyway's names, and names without a number. */
const names = [
  ...[
    "0",
    "00_a",
    "01_b",
    "1",
    "1_a",
    "1_b",
    "V01__a",
    "V1__a",
    "V1__b",
    "V1.1__a",
    "V1_2__a",
    "V1_2_0__a",
    "V1_10__a",
  ],
  ...["2_a", "V2__a", "9007199254740993_a", "9007199254740994_a", "V9007199254740994__a"],
  ...["!x", "A", "V", "V1_a", "V__a", "a", "a1", "a10", "a2", "b", "ä"],
];

const sorted = (list: readonly string[]) => sortByName(list.map((name) => ({ name }))).map(({ name }) => name);

describe("the order of names", () => {
  test("is by number, then by name", () => assert.deepEqual(sorted(names.toReversed()), names));

  test("is consistent: any three names, in any order, sort the same", () => {
    for (const [first, a] of names.entries())
      for (const [second, b] of names.entries())
        for (const [third, c] of names.entries()) {
          const inOrder = [first, second, third].toSorted((x, y) => x - y).map((index) => names[index]);
          assert.deepEqual(sorted([a, b, c]), inOrder);
        }
  });
});
