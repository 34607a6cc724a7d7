import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { heedsSignal } from "../../../src/platform/signals/dispositions.ts";
import { childrenOf } from "../../harness/proc.ts";
import { waitFor } from "../../harness/wait.ts";

describe("whether a process heeds a signal", () => {
  async function within(script: string, check: (pid: number) => Promise<void>): Promise<void> {
    const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit");
    try {
      await once(child.stdout, "data");
      await check(child.pid ?? assert.fail());
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  }

  test("it does if it leaves it to the default, and does not if it ignores it", () =>
    within("trap '' INT; echo; exec sleep 1000", async (pid) => {
      assert.equal(heedsSignal(pid, "SIGTERM"), true);
      assert.equal(heedsSignal(pid, "SIGINT"), false);
    }));

  test("a zombie heeds nothing, and a process that is gone neither", () =>
    // A shell would collect its child, so the child ends once the shell has become sleep.
    within("(until [ $(cat /proc/$$/comm) = sleep ]; do :; done) & echo; exec sleep 1000", async (pid) => {
      const zombie = await waitFor("the zombie", async () => childrenOf(pid).find(({ state }) => state === "Z"));
      assert.equal(heedsSignal(zombie.pid, "SIGINT"), false);
      process.kill(pid, "SIGKILL");
      await waitFor("its end", () => childrenOf(process.pid).every((one) => one.pid !== pid));
      assert.equal(heedsSignal(pid, "SIGINT"), false);
    }));
});
