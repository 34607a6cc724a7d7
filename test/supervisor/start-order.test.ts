import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { orderUnits } from "../../src/supervisor/start-order.ts";

const unit = (name: string, ...after: readonly string[]) => ({ name, after });
const namesOf = (...units: readonly ReturnType<typeof unit>[]) => orderUnits(units).map(({ name }) => name);

describe("the order of units", () => {
  test("each comes after what it names, however they are written down", () => {
    assert.deepEqual(namesOf(unit("c", "b"), unit("b", "a"), unit("a")), ["a", "b", "c"]);
    assert.deepEqual(namesOf(unit("web", "app", "cache"), unit("cache"), unit("app", "cache")), [
      "cache",
      "app",
      "web",
    ]);
  });

  test("those that name nothing stay as they are written down", () => {
    assert.deepEqual(namesOf(unit("b"), unit("a"), unit("c")), ["b", "a", "c"]);
  });
});
