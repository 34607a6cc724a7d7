import assert from "node:assert/strict";
import { test } from "node:test";
import { forwardableSignals, realTimeSignals, signalNumber } from "../../../src/kernel/signals.ts";
import { runContainer, startContainer, type Container } from "../../harness/container.ts";
import { readProcess } from "../../harness/proc.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

/** So long that no test reaches the end. */
const graceSeconds = 600;
const suspending: ReadonlySet<string> = new Set(["SIGTSTP", "SIGTTIN", "SIGTTOU"]);
const [TERM, USR1, CONT] = [15, 10, 18];

forEachVariant("signals", { skip: withoutPython }, (variant) => {
  for (const target of ["child", "group"] as const) {
    test(`each reaches the ${target}, in order, once`, async () => {
      const settings = { stop: { graceSeconds, group: target === "group" } };
      using container = startContainer(variant, python("signals.py", "group"), { settings });
      const send = await createSender(container, target === "group" ? ["app", "member"] : ["app"]);
      // pid1-real-time.test.ts tests the others.
      for (const name of forwardableSignals.filter((one) => !realTimeSignals.includes(one))) {
        await send(signalNumber(name));
        if (variant.asPid1 || !suspending.has(name)) continue;
        // seaworthy is suspended and resumed together with the app.
        const pid = await container.pid();
        await waitFor("the suspension", () => readProcess(pid)?.state === "T");
        await send(CONT);
      }
      assert.deepEqual(await container.ended, { code: 31, signal: null });
      assert.deepEqual(received(container, "app"), send.sent);
      // By default, USR1 makes Node start its debugger.
      assert.doesNotMatch(container.stderr(), /Debugger/);
      // The processes left in the container get TERM, unless they already got it with their group.
      assert.deepEqual(received(container, "member"), target === "group" ? send.sent : [TERM]);
    });
  }

  test("none reaches an app that runs below a shell instead (control)", async () => {
    const command = ["sh", "-c", '"$@"; exit $?', "sh", ...python("signals.py")];
    using container = startContainer(withoutSeaworthy(variant), command);
    await container.untilLine("app ready");
    const app = container.survivors().find(({ commandLine }) => commandLine[0] === command[4]);
    assert.ok(app);
    await container.send(TERM);
    process.kill(app.pid, USR1);
    await container.untilLine(`app ${USR1}`);
    assert.deepEqual(received(container, "app"), [USR1]);
    process.kill(app.pid, "SIGKILL");
  });

  test("can be rewritten by name and by number, or dropped", async () => {
    const signals = { TERM: "QUIT", SIGHUP: 12, 10: "sigwinch", WINCH: "none", 12: 1 };
    const settings = { signals, stop: { graceSeconds } };
    using container = startContainer(variant, python("signals.py"), { settings });
    const send = await createSender(container, []);
    const expected = [];
    // WINCH is dropped: the next signal to arrive is the one sent after it.
    for (const [sent, arrives] of [
      [15, 3],
      [1, 12],
      [10, 28],
      [28, undefined],
      [12, 1],
      [3, 3],
      [31, 31],
    ] as const) {
      await send(sent);
      if (arrives === undefined) continue;
      expected.push(arrives);
      await container.until(`${arrives} arrived`, () => received(container, "app").length === expected.length);
    }
    await container.ended;
    assert.deepEqual(received(container, "app"), expected);
  });

  test("an invalid rewrite is refused before any process starts", async () => {
    const signals = {
      KILL: "TERM",
      19: "none",
      CHLD: "none",
      NOPE: "TERM",
      INT: "NOPE",
      HUP: 99,
      TERM: "QUIT",
      15: "HUP",
    };
    const { code, stdout, stderr } = await runContainer(variant, ["echo", "started"], { settings: { signals } });
    assert.deepEqual({ code, stdout }, { code: 78, stdout: "" });
    for (const problem of [
      "signals.KILL: SIGKILL cannot be rewritten",
      "signals.19: SIGSTOP cannot be rewritten",
      "signals.CHLD: SIGCHLD cannot be rewritten",
      'signals.NOPE: expected a signal\'s name or number, as in QUIT, SIGQUIT, 3 or RTMIN+3, received the string "NOPE"',
      'signals.INT: expected a signal\'s name or number, as in QUIT, SIGQUIT, 3 or RTMIN+3, or none, received the string "NOPE"',
      "signals.HUP: expected a signal's name or number, as in QUIT, SIGQUIT, 3 or RTMIN+3, or none, received the number 99",
      "signals.TERM: SIGTERM is set twice",
    ]) {
      assert.ok(stderr.includes(problem), `${problem}\n${stderr}`);
    }
  });
});

/** Sends signals one by one. Waits for each to arrive at all of these processes. */
async function createSender(container: Container, roles: readonly string[]) {
  await container.until("the app was ready", () => container.lines().includes("app ready"));
  for (const role of roles) await container.untilLine(`${role} ready`);
  // Until seaworthy has fully started, it ignores the signals that its own writes could raise.
  await container.get("/livez");
  const sent: number[] = [];
  const send = async (number: number) => {
    sent.push(number);
    const times = sent.filter((one) => one === number).length;
    await container.send(number);
    for (const role of roles) await container.untilLine(`${role} ${number}`, times);
  };
  return Object.assign(send, { sent });
}

function received(container: Container, role: string): readonly number[] {
  return container
    .lines()
    .map((line) => line.split(" "))
    .filter(([by, what]) => by === role && what !== "ready")
    .map(([, number]) => Number(number));
}
