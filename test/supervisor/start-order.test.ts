import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { orderUnits } from "../../src/supervisor/start-order.ts";

const unit = (name: string, ...after: readonly string[]) => ({ name, after });
const namesOf = (...units: readonly ReturnType<typeof unit>[]) => orderUnits(units).map(({ name }) => name);

describe("the start order of units", () => {
  test("puts each behind the units in its `after`, whatever their order in the file", () => {
    assert.deepEqual(namesOf(unit("c", "b"), unit("b", "a"), unit("a")), ["a", "b", "c"]);
    assert.deepEqual(namesOf(unit("web", "app", "cache"), unit("cache"), unit("app", "cache")), [
      "cache",
      "app",
      "web",
    ]);
  });

  test("keeps the file's order for the others", () => {
    assert.deepEqual(namesOf(unit("b"), unit("a"), unit("c")), ["b", "a", "c"]);
  });
});
