import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { placesIn } from "../../../src/config/check/places.ts";

describe("placesIn: the place of each key and list item", () => {
  for (const [name, text, key, expected] of [
    ["a block", "# comment\nstop:\n  graceSeconds: 3\n", "stop.graceSeconds", [3, 3]],
    ["a flow", "stop: { group: true, graceSeconds: 3 }", "stop.graceSeconds", [1, 22]],
    ["a quoted key", 'app:\r\n  "name": shop', "app.name", [2, 3]],
    ["an item of a list", "run: [nginx, -g]", "run[1]", [1, 14]],
    ["a list in a list", "upgrade:\n  before:\n    - [a, b]\n", "upgrade.before[0][1]", [3, 11]],
    ["a map in a list", "upgrade:\n  before:\n    - command: [c]\n", "upgrade.before[0].command", [3, 7]],
    ["a key after a block of text", "run:\n  - |\n    a\n    b\nstart: immediately\n", "start", [5, 1]],
    ["an alias", "a: &x { b: 1 }\nc: *x\n", "c", [2, 1]],
    ["the key after an alias", "a: &x { b: 1 }\nc: *x\nd: 1\n", "d", [3, 1]],
    ["JSON", '{\n "app": {"name": "x"},\n "run": ["a"]\n}', "run", [3, 2]],
    ["a document mark", "---\napp: {}\n", "app", [2, 1]],
  ] as const) {
    test(name, () => {
      const place = placesIn(text).get(key);
      assert.deepEqual([place?.line, place?.column], expected);
    });
  }

  test("a text that is not YAML has none", () => assert.equal(placesIn("a: [").size, 0));
  test("an empty text has none", () => assert.equal(placesIn("").size, 0));
});
