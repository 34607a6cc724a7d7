import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { startContainer } from "../../harness/container.ts";
import { withoutRoot } from "../../harness/program.ts";
import type { Variant } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

const program = [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  join(import.meta.dirname, "../../fixtures/pid1/fault.mjs"),
];

for (const asPid1 of [false, true]) {
  const variant: Variant = { build: "nothing", asPid1 };
  describe(`a signal for a fault, ${asPid1 ? "" : "not "}PID 1`, { skip: asPid1 && withoutRoot }, () => {
    test("is caught each time if another process sends it, and ends the process if it is a real fault", async () => {
      using container = startContainer(variant, [...program, "ends"], { before: "ulimit -c 0" });
      await container.untilLine("ready");
      for (const times of [1, 2, 3]) {
        await container.send("SIGSEGV");
        await container.untilLine("caught", times);
      }
      await container.send("SIGUSR2");
      // unshare ends in the same way as its PID 1.
      assert.deepEqual(await container.ended, { code: null, signal: "SIGSEGV" });
      assert.deepEqual(container.lines(), ["ready", "caught", "caught", "caught", "faulting"]);
    });

    test("without the handler, a real fault repeats for ever (control)", async () => {
      using container = startContainer(variant, [...program, "spins"]);
      await container.untilLine("ready");
      await container.send("SIGUSR2");
      await container.untilLine("faulting");
      const pid = await container.pid();
      const before = secondsOn(pid);
      await waitFor("a fifth of a second of its time", () => secondsOn(pid) > before + 0.2);
    });
  });
}

/** Its user and system CPU time in seconds, from proc(5). */
function secondsOn(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const [user, system] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}
