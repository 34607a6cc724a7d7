import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "node:test";
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { openLibc } from "../../../src/platform/libc/libc.ts";
import { descendantsOf } from "../../../src/platform/processes/process-table.ts";
import { leftoversOf } from "../../../src/platform/processes/leftovers.ts";
import { createProcesses, type SpawnOptions } from "../../../src/platform/processes/processes.ts";
import { pidOf, readProcess, treeOf } from "../../harness/proc.ts";
import { createReaper } from "../../../src/supervisor/reaper.ts";
import { waitFor } from "../../harness/wait.ts";

const options: SpawnOptions = { environment: { PATH: process.env["PATH"] }, workingDirectory: "/" };
const sleep = ["sleep", "1000"];
const stateOf = (pid: number | undefined) => readProcess(pid ?? 0)?.state;

/** Handles SIGCHLD in the same way as run mode. */
function createReaped() {
  const processes = createProcesses();
  const { isLibuvs, onReaped } = processes;
  const defer = (again: () => void) => void setImmediate(again);
  const reap = createReaper({ children: openLibc(), isLibuvs, onReaped, defer });
  process.removeAllListeners("SIGCHLD").on("SIGCHLD", reap);
  return processes;
}

describe("processes", () => {
  test("report their code, or the signal that ended them as in a shell", async () => {
    const { spawnInherited } = createReaped();
    assert.deepEqual(await spawnInherited(["sh", "-c", "exit 3"], options).ended, { code: 3 });
    const killed = spawnInherited(sleep, options);
    assert.equal(killed.signal("SIGUSR1"), true);
    assert.deepEqual(await killed.ended, { code: 138, signal: "SIGUSR1" });
    assert.equal(killed.signal("SIGUSR1"), false);
  });

  test("report a real-time signal, which Node reports as exit 0", async () => {
    const { spawnInherited } = createReaped();
    for (const [name, number] of [
      ["SIGRTMIN", 34],
      ["SIGRTMIN+3", 37],
      ["SIGRTMAX", 64],
    ] as const) {
      const child = spawnInherited(sleep, options);
      assert.equal(child.signal(name), true);
      assert.deepEqual(await child.ended, { code: 128 + number, signal: name });
    }
    const inNode = spawn("sleep", ["1000"], { stdio: "ignore" });
    process.kill(pidOf(inNode), 37);
    // Control: if Node knew these signals, seaworthy would not need its own waiting.
    assert.deepEqual(await once(inNode, "exit"), [0, null]);
  });

  test("are reaped by seaworthy, except adopted ones, which are libuv's until they end", async () => {
    const { spawnInherited, adopt, isLibuvs } = createReaped();
    const child = spawnInherited(sleep, options);
    assert.equal(isLibuvs(child.pid ?? 0), false);
    child.signal("SIGKILL");
    await child.ended;
    const adopted = spawn("true");
    const ended = once(adopted, "exit");
    adopt(pidOf(adopted), ended);
    assert.equal(isLibuvs(pidOf(adopted)), true);
    await ended;
    await turnOfTheLoop();
    assert.equal(isLibuvs(pidOf(adopted)), false);
  });

  test("that cannot start have no pid, and end with a Failure", async () => {
    const { spawnInherited } = createReaped();
    const child = spawnInherited(["no-such-command"], options);
    assert.equal(child.pid, undefined);
    assert.equal(child.signal("SIGTERM"), false);
    await assert.rejects(child.ended, { name: "Failure", exitCode: 127 });
    // A command line that is too long for the kernel.
    const long = spawnInherited(["true", "x".repeat(1 << 18)], options);
    await assert.rejects(long.ended, { name: "Failure", exitCode: 126 });
  });

  test("get a signal alone, or with their group if it is for the group", async () => {
    for (const grouped of [false, true]) {
      const { spawnInherited } = createReaped();
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

describe("child processes in the kernel", () => {
  const libc = openLibc();

  test("an ended one can be seen, and remains until it is reaped", async () => {
    const { spawnInherited, onReaped } = createProcesses();
    process.removeAllListeners("SIGCHLD");
    assert.equal(libc.hasChildren(), false);
    assert.equal(libc.peekEndedChild(), undefined);
    const child = spawnInherited(sleep, options);
    assert.equal(libc.hasChildren(), true);
    assert.equal(libc.peekEndedChild(), undefined);
    child.signal("SIGKILL");
    for (let seen; seen === undefined;) seen = libc.peekEndedChild();
    assert.equal(libc.peekEndedChild(), child.pid);
    const pid = child.pid ?? 0;
    onReaped(pid, libc.reap(pid) ?? assert.fail());
    assert.equal((await child.ended).code, 137);
    assert.equal(libc.reap(pid), undefined);
    assert.equal(libc.hasChildren(), false);
  });

  test("all running descendants are found, and only these get a signal", async () => {
    assert.equal(libc.becomeSubreaper(), true);
    const { spawnInherited } = createReaped();
    const child = spawnInherited(["sh", "-c", "sleep 1000 & sleep 1000 & exit 0"], options);
    await child.ended;
    process.removeAllListeners("SIGCHLD");
    const orphans = await waitFor("the orphans", () => {
      const found = descendantsOf(process.pid).map(({ pid }) => pid);
      return found.length === 2 && found;
    });
    const leftovers = leftoversOf(process.pid, libc.hasChildren);
    assert.equal(leftovers.any(), true);
    leftovers.signal("SIGTERM");
    for (const orphan of orphans) await waitFor("an orphan's end", () => stateOf(orphan) === "Z");
    assert.deepEqual(descendantsOf(process.pid), []);
    for (const orphan of orphans) assert.deepEqual(libc.reap(orphan), { code: 0, signal: 15 });
    assert.equal(leftovers.any(), false);
  });
});
