import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runContainer, startContainer } from "../../harness/container.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

const [TERM, SYS, RTMIN, RTMAX] = [15, 31, 34, 64];
const graceSeconds = 600;
const spellings = ["RTMIN+3", "SIGRTMIN+3", "sigrtmin+3", 37, "37", "RTMAX-27"];

forEachVariant("real-time signals", { skip: withoutPython }, (variant) => {
  for (const group of [false, true]) {
    test(`each reaches the app${group ? " and its group" : ""}, once`, async () => {
      const roles = group ? ["app", "member"] : ["app"];
      using container = startContainer(variant, python("signals.py", "group"), {
        settings: { stop: { graceSeconds, group } },
      });
      for (const role of ["app", "member"]) await container.untilLine(`${role} ready`);
      for (let number = RTMIN; number <= RTMAX; number++) await container.send(number);
      for (const role of roles) {
        for (let number = RTMIN; number <= RTMAX; number++) await container.untilLine(`${role} ${number}`);
      }
      assert.equal(container.lines().length, 2 + roles.length * (RTMAX - RTMIN + 1));
      await container.send(SYS);
      assert.deepEqual(await container.ended, { code: 31, signal: null });
    });
  }

  test("arrive as often as they are sent", async () => {
    using container = startContainer(variant, python("signals.py"), { settings: { stop: { graceSeconds } } });
    await container.untilLine("app ready");
    const times = 40;
    for (let time = 0; time < times; time++) await container.send(RTMIN + 1);
    await container.untilLine(`app ${RTMIN + 1}`, times);
    await container.send(SYS);
    assert.deepEqual(await container.ended, { code: 31, signal: null });
  });

  for (const spelling of spellings) {
    test(`stop the app if stop.signal is ${JSON.stringify(spelling)}, and trigger the stop`, async () => {
      for (const sent of [TERM, 37]) {
        const app = ["sh", "-c", "trap 'exit 7' 37; echo ready; while :; do sleep 0.01; done"];
        using container = startContainer(variant, app, { settings: { stop: { signal: spelling, graceSeconds } } });
        await container.untilLine("ready");
        await container.get("/livez");
        await container.send(sent);
        assert.deepEqual(await container.ended, { code: 7, signal: null });
        assert.match(container.stderr(), /stopping/);
      }
    });
  }

  test("can be rewritten from and to other signals, or dropped", async () => {
    const signals = { "RTMIN+3": "HUP", USR1: "RTMAX", "SIGRTMAX-1": 35, RTMIN: "none" };
    using container = startContainer(variant, python("signals.py"), { settings: { signals, stop: { graceSeconds } } });
    await container.untilLine("app ready");
    for (const [sent, arrives] of [
      [RTMIN, undefined],
      [37, 1],
      [10, RTMAX],
      [63, 35],
    ] as const) {
      await container.send(sent);
      if (arrives !== undefined) await container.untilLine(`app ${arrives}`);
    }
    await container.send(SYS);
    await container.ended;
    assert.deepEqual(container.lines(), ["app ready", "app 1", `app ${RTMAX}`, "app 35", `app ${SYS}`]);
  });

  test("that end the app give the same code as in a shell", async () => {
    for (const number of [RTMIN, 37, 49, 50, RTMAX]) {
      const app = ["sh", "-c", `kill -${number} $$; exit 3`];
      assert.equal((await runContainer(variant, app)).code, 128 + number);
      const settings = { processes: { app: { command: app } }, exitCodes: { [128 + number]: 9 } };
      assert.equal((await runContainer(variant, [], { settings })).code, 9);
    }
    // Control: the code from a shell.
    const belowShell = ["sh", "-c", `sh -c 'kill -37 $$; exit 3'; exit $?`];
    assert.equal((await runContainer(withoutSeaworthy(variant), belowShell)).code, 128 + 37);
  });

  test("end an app that does not handle them, and never seaworthy alone", async () => {
    using container = startContainer(variant, ["sleep", "1000"]);
    await container.get("/livez");
    await container.send(37);
    assert.deepEqual(await container.ended, { code: 128 + 37, signal: null });
    assert.deepEqual(container.survivors(), []);
  });

  for (const threads of [1, 4, 8]) {
    test(`that come as it starts, with ${threads} threads, leave no app behind`, async () => {
      using container = startContainer(variant, ["sleep", "1000"]);
      const pid = await container.pid();
      await waitFor("seaworthy's start", () => hasStarted(pid, threads));
      // Sent again where the kernel drops it, as it does for a PID 1 without a handler.
      const again = setInterval(() => sendSignal(pid, 37), 5);
      await container.ended.finally(() => clearInterval(again));
      assert.deepEqual(container.survivors(), []);
    });
  }

  test("that do not exist are refused before any process starts", async () => {
    for (const signal of ["RTMIN+31", "RTMAX-31", "RTMIN-1", "RTMAX+1", 32, 33, 65, "RTMIN+", "RT"]) {
      const settings = { stop: { signal } };
      const { code, stdout, stderr } = await runContainer(variant, ["echo", "started"], { settings });
      assert.deepEqual({ code, stdout }, { code: 78, stdout: "" }, String(signal));
      assert.match(stderr, /stop\.signal: expected a signal's name or number, as in QUIT, SIGQUIT, 3 or RTMIN\+3/);
    }
  });
});

/** Whether it is past the shell and `unshare`, and has as many threads. */
function hasStarted(pid: number, threads: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const [, count = "0"] = /^Threads:\s*(\d+)/m.exec(status) ?? [];
  return !/^Name:\s*(sh|unshare|mount|mkdir|touch)$/m.test(status) && Number(count) >= threads;
}

function sendSignal(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
