import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { reportUnit } from "../../src/supervisor/report.ts";
import type { Unit, UnitState } from "../../src/supervisor/unit.ts";
import { createPuppet } from "../harness/units.ts";

function statusOf(state: UnitState, critical: boolean, code?: number): string {
  const { spec } = createPuppet("web", { critical });
  const never = () => assert.fail();
  const unit: Unit = {
    spec,
    state: () => state,
    code: () => code,
    restarts: () => 3,
    ...{ pid: never, start: never, stop: never, signal: never, childEnded: never },
  };
  const { name, state: shown, restarts, status } = reportUnit(unit);
  assert.deepEqual([name, shown, restarts], ["web", state, 3]);
  return status;
}

describe("what health says of a process", () => {
  test("one that runs, or has ended well, passes", () => {
    for (const critical of [true, false]) {
      assert.equal(statusOf("running", critical), "pass");
      assert.equal(statusOf("ended", critical, 0), "pass");
    }
  });

  for (const [state, code] of [
    ["waiting"],
    ["failing"],
    ["clearing"],
    ["starting"],
    ["backoff", 1],
    ["stopping"],
    ["killing"],
    ["ended", 1],
  ] as const) {
    test(`one that is ${state} fails where it is critical, and warns where it is not`, () => {
      assert.equal(statusOf(state, true, code), "fail");
      assert.equal(statusOf(state, false, code), "warn");
    });
  }
});
