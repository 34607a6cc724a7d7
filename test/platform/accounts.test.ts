import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveIdentity } from "../../src/platform/accounts.ts";

describe("the numbers of a user and a group", () => {
  for (const [user, group, expected] of [
    ["root", undefined, { user: 0, group: 0 }],
    ["nobody", undefined, { user: 65_534, group: 65_534 }],
    // It has a name: its own group comes with it, as for the name.
    ["1", undefined, { user: 1, group: 1 }],
    ["54321", undefined, { user: 54_321, group: 54_321 }],
    ["nobody", "root", { user: 65_534, group: 0 }],
    ["0", "54321", { user: 0, group: 54_321 }],
    [undefined, "daemon", { user: undefined, group: 1 }],
    [undefined, undefined, { user: undefined, group: undefined }],
  ] as const) {
    test(`${user} and ${group}`, () => assert.deepEqual(resolveIdentity(user, group), expected));
  }

  test("names that are not there are refused, with what to do", () => {
    const refusal = (message: RegExp) => ({ name: "Failure", exitCode: 78, message });
    assert.throws(() => resolveIdentity("nope", undefined), refusal(/no user "nope" in \/etc\/passwd\. Create it/));
    assert.throws(() => resolveIdentity(undefined, "nope"), refusal(/no group "nope" in \/etc\/group\. Create it/));
    // No part of a line is taken for a name.
    assert.throws(() => resolveIdentity("root:x", undefined), refusal(/no user/));
    assert.throws(() => resolveIdentity("x", undefined), refusal(/no user/));
  });
});
