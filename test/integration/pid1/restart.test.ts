import assert from "node:assert/strict";
import { test } from "node:test";
import { startContainer } from "../../harness/container.ts";
import { treeOf } from "../../harness/proc.ts";
import { withoutRoot } from "../../harness/program.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";

/** So long that no test reaches the end. */
const never = 600;
const portOf = (kind: string) => python("port.py", scratchPath("socket"), kind);
const restarted = (kind: string) => ({ command: portOf(kind), restart: "always", critical: false });

forEachVariant(
  "before a restart, seaworthy ends the processes that the last run left behind",
  { skip: withoutPython },
  (variant) => {
    for (const kind of ["worker", "daemon", "stripped"]) {
      test(
        `a ${kind} is gone: its socket is free, and it never runs twice`,
        { skip: kind === "stripped" && withoutRoot },
        async () => {
          const settings = { processes: { app: restarted(kind) }, stop: { graceSeconds: never } };
          using container = startContainer(variant, [], { settings });
          await container.untilLine("bound", 3);
          // The others have the app's name.
          const [name, most] = kind === "stripped" ? ["sleep", 1] : ["python3", 2];
          assert.ok(treeOf(await container.pid()).filter((entry) => entry.name === name).length <= most);
          assert.deepEqual(new Set(container.lines()), new Set(["bound"]));
          assert.match(
            container.stderr(),
            new RegExp(
              String.raw`app ended with 3 and left ${name} \(\d+\) behind: ending it before app is started again`,
            ),
          );
          await container.send("SIGTERM");
          await container.ended;
          assert.deepEqual(container.survivors(), []);
        },
      );
    }

    test("one that ignores SIGTERM is killed after the grace", async () => {
      const processes = { app: { ...restarted("stubborn"), stop: { graceSeconds: 0.2 } } };
      using container = startContainer(variant, [], { settings: { processes } });
      await container.untilLine("bound", 2);
      assert.match(
        container.stderr(),
        /a process that app left behind did not end within 0\.2 s after SIGTERM: sending SIGKILL/,
      );
      assert.ok(!container.lines().includes("taken"));
    });

    test("a whole group gets the signal once", async () => {
      const processes = { app: { ...restarted("told"), stop: { group: true, graceSeconds: never } } };
      using container = startContainer(variant, [], { settings: { processes } });
      await container.untilLine("worker 15");
      await container.get("/livez");
      const { body } = await container.get("/health");
      assert.equal(body.checks["app:process"]?.[0]?.observedValue, "clearing");
      endWorkers(container);
      await container.untilLine("bound", 2);
      assert.deepEqual(container.lines().slice(0, 4), ["bound", "worker 15", "worker 31", "bound"]);
    });

    test("a stop in the meantime does not signal them again, and waits for them", async () => {
      const processes = { app: { ...restarted("told"), stop: { graceSeconds: never } } };
      using container = startContainer(variant, [], { settings: { processes } });
      await container.untilLine("worker 15");
      await container.send("SIGTERM");
      await container.until("the stop", () => container.stderr().includes("SIGTERM: stopping"));
      await container.get("/livez");
      endWorkers(container);
      await container.ended;
      assert.deepEqual(container.lines(), ["bound", "worker 15", "worker 31"]);
    });

    test("descendants of other processes are left alone, including daemons", async () => {
      const names = ["member", "orphan", "daemon"];
      const processes = {
        other: { command: python("family.py", ...names) },
        twin: { ...restarted("worker"), after: ["other"] },
        app: { ...restarted("daemon"), after: ["other"] },
      };
      using container = startContainer(variant, [], { settings: { processes, stop: { graceSeconds: never } } });
      for (const name of names) await container.untilLine(`${name} ready`);
      await container.untilLine("bound", 6);
      const said = new Set(container.lines());
      assert.deepEqual(said, new Set(["app ready", "bound", ...names.map((name) => `${name} ready`)]));
    });

    test("if seaworthy cannot know them, the next run finds the socket in use (control)", async () => {
      const settings = { processes: { app: restarted("daemon") } };
      using container = startContainer(variant, [], { settings, before: "prlimit --pid $$ --locks=5:5" });
      await container.untilLine("taken");
    });

    test("the same happens without seaworthy (control)", async () => {
      const command = ["sh", "-c", '"$@"; "$@"; exec sleep 1000', "sh", ...portOf("daemon")];
      using container = startContainer(withoutSeaworthy(variant), command);
      await container.untilLine("taken");
    });
  },
);

function endWorkers(container: ReturnType<typeof startContainer>): void {
  const workers = container.survivors().filter(({ name }) => name === "python3");
  for (const { pid } of workers) process.kill(pid, "SIGSYS");
}

/** From the fourth restart on, the pause is so long that the stop comes first. */
const longPause = /starting it again in [4-9]\.\d s/;

forEachVariant("after a stop, a container with a restarted process exits with", {}, (variant) => {
  for (const [title, settings, code] of [
    ["SIGTERM's code, in the pause before a restart", {}, 143],
    ["the code of its own stop signal", { stop: { signal: "INT" } }, 130],
    ["a code from exitCodes", { exitCodes: { 143: 7 } }, 7],
  ] as const) {
    test(title, async () => {
      const processes = { app: { command: ["sh", "-c", "exit 1"], restart: "on-failure" } };
      using container = startContainer(variant, [], { settings: { processes, ...settings } });
      await container.until("a long pause", () => longPause.test(container.stderr()));
      await container.send("SIGTERM");
      assert.deepEqual(await container.ended, { code, signal: null });
    });
  }

  test("SIGTERM's code, while it runs", async () => {
    const processes = { app: { command: ["sh", "-c", "echo ready; exec sleep 1000"], restart: "always" } };
    using container = startContainer(variant, [], { settings: { processes } });
    await container.untilLine("ready");
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 143, signal: null });
  });

  test("SIGTERM's code, while its leftovers are ended", { skip: withoutPython }, async () => {
    const processes = { app: { command: portOf("told"), restart: "always", stop: { graceSeconds: never } } };
    using container = startContainer(variant, [], { settings: { processes } });
    await container.untilLine("worker 15");
    await container.send("SIGTERM");
    await container.until("the stop", () => container.stderr().includes("SIGTERM: stopping"));
    await container.get("/livez");
    endWorkers(container);
    assert.deepEqual(await container.ended, { code: 143, signal: null });
  });

  test("its own code, if it handles the stop or is not restarted (control)", async () => {
    const command = ["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done"];
    using container = startContainer(variant, [], { settings: { processes: { app: { command, restart: "always" } } } });
    await container.untilLine("ready");
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 5, signal: null });
    const processes = { app: { command: ["sh", "-c", "exit 1"] } };
    using once = startContainer(variant, [], { settings: { processes } });
    assert.deepEqual(await once.ended, { code: 1, signal: null });
  });
});
