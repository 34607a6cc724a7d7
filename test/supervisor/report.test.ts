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

describe("the health of a process", () => {
  test("passes if it runs or has ended with 0", () => {
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
    test(`is fail in the state ${state} if it is critical, otherwise warn`, () => {
      assert.equal(statusOf(state, true, code), "fail");
      assert.equal(statusOf(state, false, code), "warn");
    });
  }
});
