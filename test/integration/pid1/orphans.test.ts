import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { startContainer, type Container } from "../../harness/container.ts";
import { childrenOf, readProcess } from "../../harness/proc.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

const burst = 10_000;
const isZombie = (pid: number) => readProcess(pid)?.state === "Z";

// One burst at a time: a machine has only 32,768 pids.
forEachVariant("orphans", { skip: withoutPython, variantsAtOnce: 1, concurrency: 2 }, (variant) => {
  test("are all reaped after a burst of 10,000, and seaworthy misses no exit of its own processes", async () => {
    const gate = scratchPath("gate");
    const processes = {
      app: { command: python("orphans.py", String(burst)) },
      // A restart shows that seaworthy saw its exit.
      flicker: { command: ["sleep", "0.01"], restart: "always", critical: false },
      // A readiness command every 200 ms: seaworthy must see each exit before it starts the next one.
      late: { command: ["sleep", "1000"], ready: { command: ["test", "-e", gate] }, critical: false },
    };
    using container = startContainer(variant, [], { settings: { processes } });
    await container.untilLine("ready");
    const app = appIn(container);
    const before = await flickers(container);
    process.kill(app, "SIGUSR1");
    await container.untilLine("handed over");
    const pid = await container.pid();
    await waitFor("the last orphan's end", () => childrenOf(pid).length < 10);
    writeFileSync(gate, "");
    await waitFor("the restarts", async () => (await flickers(container)) > before + 1);
    await waitFor("readiness", async () => (await stateOf(container, "late")).observedValue === "running");
    process.kill(app, "SIGUSR2");
    assert.deepEqual(await container.ended, { code: 7, signal: null });
    assert.deepEqual(container.survivors(), []);
  });

  test("become children of seaworthy, including daemons, and are reaped", async () => {
    using container = startContainer(variant, python("orphans.py", "0"));
    await container.untilLine("ready");
    const app = appIn(container);
    await container.send("SIGHUP");
    await container.untilLine("daemon ready");
    const pid = await container.pid();
    const children = childrenOf(pid).map((child) => child.pid);
    assert.equal(children.length, 2);
    for (const child of children) if (child !== app) process.kill(child, "SIGTERM");
    await waitFor("the daemon's end", () => childrenOf(pid).length === 1);
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 0, signal: null });
  });

  test("stay zombies or go to another process without seaworthy (control)", async () => {
    const alone = withoutSeaworthy(variant);
    const orphans = python("orphans.py", "100");
    using container = startContainer(alone, alone.asPid1 ? orphans : ["sh", "-c", '"$@"; exit $?', "sh", ...orphans]);
    await container.untilLine("ready");
    const pid = await container.pid();
    const app = appIn(container);
    process.kill(app, alone.asPid1 ? "SIGUSR1" : "SIGHUP");
    if (alone.asPid1) {
      await container.untilLine("handed over");
      assert.equal(childrenOf(pid).filter((child) => isZombie(child.pid)).length, 100);
    } else {
      await container.untilLine("daemon ready");
      assert.deepEqual(
        childrenOf(pid).map((child) => child.pid),
        [app],
      );
    }
  });
});

/** The app's pid, seen from outside. Call it before the app has children: pids wrap at 32,768, so they do not show age. */
function appIn(container: Container): number {
  const running = container.survivors().filter(({ commandLine }) => commandLine[0]?.endsWith("python3"));
  const [app] = running;
  assert.ok(app !== undefined && running.length === 1, `${running.length} processes run the app`);
  return app.pid;
}

async function stateOf(container: Container, name: string) {
  const [check] = (await container.get("/health")).body.checks[`${name}:process`] ?? [];
  assert.ok(check, `the health document has no process ${name}`);
  return check;
}

const flickers = async (container: Container) => (await stateOf(container, "flicker")).restarts;
