import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { resolveAccount } from "../../../src/platform/accounts/accounts.ts";

const resolve = (user: string | undefined, group?: string) => resolveAccount({ user, group, path: "processes.web" });
const refusal = (message: RegExp) => ({ name: "Failure", exitCode: 78, message });

describe("the ids of a user and a group", () => {
  for (const [user, group, uid, gid] of [
    ["root", undefined, 0, 0],
    ["nobody", undefined, 65_534, 65_534],
    // The number has an entry, so its own group applies, as with the name.
    ["1", undefined, 1, 1],
    ["0001", undefined, 1, 1],
    ["54321", undefined, 54_321, 54_321],
    ["4294967294", undefined, 4_294_967_294, 4_294_967_294],
    ["nobody", "root", 65_534, 0],
    ["nobody:daemon", undefined, 65_534, 1],
    ["nobody:", undefined, 65_534, 65_534],
    ["0", "54321", 0, 54_321],
    ["12345:54321", undefined, 12_345, 54_321],
    [undefined, "daemon", process.geteuid?.(), 1],
  ] as const) {
    test(`${user} and ${group}`, () => {
      const account = resolve(user, group);
      assert.deepEqual([account.uid, account.gid], [uid, gid]);
      assert.ok(account.groups.includes(account.gid));
    });
  }

  test("unknown names are refused, with key and fix", () => {
    assert.throws(() => resolve("nope"), refusal(/^processes\.web\.user: there is no user "nope" in .*\. Create it/));
    assert.throws(() => resolve(undefined, "nope"), refusal(/^processes\.web\.group: there is no group "nope" in/));
    assert.throws(() => resolve("root:nope"), refusal(/no group "nope"/));
    // Only the first field of a line is a name.
    assert.throws(() => resolve("x"), refusal(/no user "x"/));
    assert.throws(() => resolve("root", "x"), refusal(/no group "x"/));
  });

  test("a group in two places is refused, and so is an invalid number", () => {
    assert.throws(
      () => resolve("root:daemon", "root"),
      refusal(/^processes\.web\.group: processes\.web\.user already contains the group/),
    );
    for (const number of ["4294967295", "18446744073709551616"]) {
      assert.throws(() => resolve(number), refusal(/^processes\.web\.user: expected a number from 0 to 4294967294/));
      assert.throws(() => resolve("root", number), refusal(/^processes\.web\.group: expected a number/));
    }
  });
});

describe("the environment of a user", () => {
  test("has the home and names of an entry, `/` as home without an entry, and nothing without a user", () => {
    assert.deepEqual(resolve("root").environment, { HOME: "/root", USER: "root", LOGNAME: "root" });
    assert.deepEqual(resolve("0", "daemon").environment, { HOME: "/root", USER: "root", LOGNAME: "root" });
    assert.deepEqual(resolve("54321").environment, { HOME: "/", USER: undefined, LOGNAME: undefined });
    assert.equal(resolve(undefined, "daemon").environment, undefined);
  });
});
