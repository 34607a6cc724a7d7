import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { openLibc } from "../../src/platform/libc.ts";
import { descendantsOf } from "../../src/platform/process-table.ts";
import { leftoversOf } from "../../src/platform/leftovers.ts";
import { createProcesses, type SpawnOptions } from "../../src/platform/processes.ts";
import { readProcess, treeOf } from "../harness/proc.ts";
import { waitFor } from "../harness/wait.ts";

const options: SpawnOptions = { environment: { PATH: process.env["PATH"] }, workingDirectory: "/" };
const sleep = ["sleep", "1000"];
const stateOf = (pid: number | undefined) => readProcess(pid ?? 0)?.state;

describe("processes", () => {
  test("tell their code, or the signal that ended them as a shell does", async () => {
    const { spawnInherited } = createProcesses();
    assert.deepEqual(await spawnInherited(["sh", "-c", "exit 3"], options).ended, { code: 3 });
    const killed = spawnInherited(sleep, options);
    assert.equal(killed.signal("SIGUSR1"), true);
    assert.deepEqual(await killed.ended, { code: 138, signal: "SIGUSR1" });
    assert.equal(killed.signal("SIGUSR1"), false);
  });

  test("are ours from their start to their end, and not after", async () => {
    const { spawnInherited, isOurs } = createProcesses();
    const child = spawnInherited(sleep, options);
    assert.equal(isOurs(child.pid ?? 0), true);
    child.signal("SIGKILL");
    await child.ended;
    await turnOfTheLoop();
    assert.equal(isOurs(child.pid ?? 0), false);
  });

  test("that cannot be started have no pid, and end with a Failure", async () => {
    const { spawnInherited } = createProcesses();
    const child = spawnInherited(["no-such-command"], options);
    assert.equal(child.pid, undefined);
    assert.equal(child.signal("SIGTERM"), false);
    await assert.rejects(child.ended, { name: "Failure", exitCode: 127 });
    // A command line that the kernel does not take at all.
    const long = spawnInherited(["true", "x".repeat(1 << 18)], options);
    await assert.rejects(long.ended, { name: "Failure", exitCode: 126 });
  });

  test("get a signal alone, or with their group where it is for that", async () => {
    for (const grouped of [false, true]) {
      const { spawnInherited } = createProcesses();
      const script = "sleep 1000 & wait";
      const child = spawnInherited(["sh", "-c", script], {
        ...options,
        ownSession: true,
        isForGroup: (name) => grouped && name === "SIGUSR1",
      });
      const member = await waitFor("the member", () => treeOf(child.pid ?? 0)[1]);
      child.signal("SIGUSR1");
      await child.ended;
      if (grouped)
        await waitFor("the member's end", () => stateOf(member.pid) === undefined || stateOf(member.pid) === "Z");
      else process.kill(member.pid, "SIGKILL");
    }
  });
});

describe("what the kernel knows of our children", () => {
  const libc = openLibc();

  test("an ended one is seen, and stays for whoever waits for it", async () => {
    const { spawnInherited } = createProcesses();
    assert.equal(libc.hasChildren(), false);
    assert.equal(libc.peekEndedChild(), undefined);
    const child = spawnInherited(sleep, options);
    assert.equal(libc.hasChildren(), true);
    assert.equal(libc.peekEndedChild(), undefined);
    child.signal("SIGKILL");
    // Without a turn of the loop in between, libuv has not waited for it.
    for (let seen; seen === undefined;) seen = libc.peekEndedChild();
    assert.equal(libc.peekEndedChild(), child.pid);
    assert.equal((await child.ended).code, 137);
    assert.equal(libc.reap(child.pid ?? 0), false);
    assert.equal(libc.hasChildren(), false);
  });

  test("all that descend from us are found, the ended ones left out, and only these are signalled", async () => {
    assert.equal(libc.becomeSubreaper(), true);
    const { spawnInherited } = createProcesses();
    const child = spawnInherited(["sh", "-c", "sleep 1000 & sleep 1000 & exit 0"], options);
    await child.ended;
    const orphans = await waitFor("the orphans", () => {
      const found = descendantsOf(process.pid).map(({ pid }) => pid);
      return found.length === 2 && found;
    });
    const leftovers = leftoversOf(process.pid, libc.hasChildren);
    assert.equal(leftovers.any(), true);
    leftovers.signal("SIGTERM");
    for (const orphan of orphans) await waitFor("an orphan's end", () => stateOf(orphan) === "Z");
    assert.deepEqual(descendantsOf(process.pid), []);
    for (const orphan of orphans) assert.equal(libc.reap(orphan), true);
    assert.equal(leftovers.any(), false);
  });
});
