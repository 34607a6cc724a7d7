import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createReaper } from "../../src/supervisor/reaper.ts";

/** Ended children in the kernel's order. We or libuv wait for each. */
function kernelWith(...ended: readonly number[]) {
  let waiting = [...ended];
  const reaped: number[] = [];
  const take = (pid: number) => {
    const there = waiting.includes(pid);
    waiting = waiting.filter((one) => one !== pid);
    return there;
  };
  return {
    reaped,
    onReaped(pid: number, status: string) {
      assert.equal(status, `status of ${pid}`);
      reaped.push(pid);
    },
    libuvWaitsFor: take,
    children: {
      peekEndedChild: () => waiting[0],
      reap: (pid: number) => (take(pid) ? `status of ${pid}` : undefined),
    },
  };
}

describe("the reaper", () => {
  test("waits for all orphans at once: one signal may announce many", () => {
    const { children, reaped, onReaped } = kernelWith(11, 12, 13);
    const reap = createReaper({ children, onReaped, isLibuvs: () => false, defer: () => assert.fail() });
    assert.equal(reap(), 3);
    assert.deepEqual(reaped, [11, 12, 13]);
    assert.equal(reap(), 0);
  });

  test("leaves libuv's children to libuv, and then waits for the others", () => {
    const { children, reaped, onReaped, libuvWaitsFor } = kernelWith(11, 12, 13);
    const deferred: (() => void)[] = [];
    const reap = createReaper({
      children,
      onReaped,
      isLibuvs: (pid) => pid === 12,
      defer: (again) => void deferred.push(again),
    });
    reap();
    assert.deepEqual(reaped, [11]);
    // A second call before libuv's turn defers no second time.
    reap();
    assert.equal(deferred.length, 1);
    deferred.shift()?.();
    assert.deepEqual([reaped, deferred.length], [[11], 1]);
    libuvWaitsFor(12);
    deferred.shift()?.();
    assert.deepEqual([reaped, deferred.length], [[11, 13], 0]);
  });
});
