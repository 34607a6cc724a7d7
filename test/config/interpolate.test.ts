import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createEnvironment } from "../../src/config/environment.ts";
import { interpolate } from "../../src/config/interpolate.ts";

const variables = { NAME: "value", EMPTY: "", OTHER: "other", WILD: "${NAME}", ABSENT_FILE: "/no/such/file" };
const environment = createEnvironment(variables, {}, () => {});
const fill = (root: unknown) => interpolate(root, { environment, lenient: new Set(["upgrade"]) });

describe("interpolate", () => {
  for (const [text, expected] of [
    ["plain", "plain"],
    ["${NAME}", "value"],
    ["a-${NAME}-b-${OTHER}", "a-value-b-other"],
    ["$NAME", "$NAME"],
    ["${EMPTY}", ""],
    ["${NAME:-default}", "value"],
    ["${UNSET:-default}", "default"],
    ["${UNSET:-}", ""],
    // Like in a shell, :- also replaces an empty value.
    ["${EMPTY:-default}", "default"],
    ["${UNSET:-a b:c/d}", "a b:c/d"],
    ["${UNSET:-${OTHER}}", "other"],
    ["$${NAME}", "${NAME}"],
    // A value is not interpolated again, so it may contain anything.
    ["${WILD}", "${NAME}"],
  ] as const) {
    test(text, () => {
      const { value, problems } = fill({ key: text });
      assert.deepEqual([value, problems], [{ key: expected }, []]);
    });
  }

  for (const [text, problem] of [
    [
      "${UNSET}",
      /^needs the environment variable UNSET, which is not set; set it, or UNSET_FILE, or write \$\{UNSET:-default\}$/,
    ],
    ["${UNSET:-${ALSO_UNSET}}", /^needs the environment variable ALSO_UNSET/],
    ["${}", /^cannot read \$\{\}/],
    ["${1X}", /^cannot read \$\{1X\}/],
    ["${NAME", /^cannot read \$\{NAME/],
    ["${NAME:?}", /^cannot read \$\{NAME:\?\}/],
  ] as const) {
    test(`${text} is a problem, with its place`, () => {
      const { problems } = fill({ list: [{ key: text }] });
      assert.deepEqual(
        problems.map(({ path }) => path),
        ["list[0].key"],
      );
      assert.match(problems[0]?.message ?? "", problem);
    });
  }

  test("lists, maps and other values keep their form; keys stay as they are", () => {
    const root = { "${NAME}": [1, true, null, "${NAME}", { deep: "${OTHER}" }] };
    assert.deepEqual(fill(root).value, { "${NAME}": [1, true, null, "value", { deep: "other" }] });
  });

  test("every problem is found, not only the first", () => {
    assert.equal(fill({ a: "${ONE}", b: "${TWO}", c: "${}" }).problems.length, 3);
  });

  test("if the upgrade's variables may be unset, values that use them are left out", () => {
    const root = { upgrade: { url: "${UNSET}", before: [["cmd", "${UNSET}", "${ABSENT}"]], x: "${NAME}" } };
    const { value, problems } = fill(root);
    assert.deepEqual(value, { upgrade: { before: [["cmd", "", ""]], x: "value" } });
    assert.deepEqual(problems, []);
    // Control: other keys refuse an unreadable secret.
    const [refused, ...others] = fill({ app: { name: "${ABSENT}" } }).problems;
    assert.match(refused?.message ?? "", /cannot read the secret that ABSENT_FILE names/);
    assert.equal(refused?.path, "app.name");
    assert.deepEqual(others, []);
  });

  test("it returns the used variables by key", () => {
    const { used } = fill({ app: { name: "${NAME}" }, upgrade: { url: "${UNSET:-${OTHER}}" } });
    assert.deepEqual(Object.fromEntries([...used].map(([key, names]) => [key, [...names]])), {
      app: ["NAME"],
      upgrade: ["UNSET", "OTHER"],
    });
  });
});
