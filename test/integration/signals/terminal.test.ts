import assert from "node:assert/strict";
import { test } from "node:test";
import { treeOf } from "../../harness/proc.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { key, startTerminal, type Terminal } from "../../harness/terminal.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

const shell = ["bash", "--norc", "--noprofile", "-i"];
const [INT, USR1, TSTP] = [2, 10, 20];
const rawThenKilled = ["sh", "-c", "stty raw -echo; echo raw; kill -KILL $$"];
const catThen7 = ["sh", "-c", "cat; exit 7"];

forEachVariant("terminal", { skip: withoutPython }, (variant) => {
  test("a shell has job control, and seaworthy exits with its code", async () => {
    using terminal = startTerminal(variant, shell);
    await terminal.untilScreen("prompt> ");
    assert.doesNotMatch(terminal.screen(), /job control|process group/);
    terminal.type("sleep 1000\n");
    await untilRuns(terminal, "sleep");
    terminal.type(key.interrupt);
    await terminal.untilScreen("prompt> ", 2);
    terminal.type("echo code=$?\n");
    await terminal.untilScreen("code=130");
    terminal.type("sleep 1000\n");
    await untilRuns(terminal, "sleep");
    terminal.type(key.suspend);
    await terminal.untilScreen("Stopped");
    terminal.type("fg\n");
    await terminal.untilScreen("sleep 1000", 4);
    terminal.type(key.interrupt);
    await terminal.untilScreen("prompt> ", 4);
    terminal.type("exit 5\n");
    assert.equal((await terminal.ended).code, 5);
  });

  test("a shell has no job control in a session without the terminal (control)", async () => {
    using terminal = startTerminal(withoutSeaworthy(variant), ["setsid", "--wait", ...shell]);
    await terminal.untilScreen("prompt> ");
    assert.match(terminal.screen(), /no job control in this shell/);
    terminal.type("exit\n");
    await terminal.ended;
  });

  for (const [name, typed, signal] of [
    ["Ctrl-C", key.interrupt, INT],
    ["Ctrl-Z", key.suspend, TSTP],
  ] as const) {
    test(`${name} arrives once`, async () => {
      using terminal = startTerminal(variant, python("signals.py"));
      await terminal.untilScreen("app ready");
      terminal.type(typed);
      await terminal.untilScreen(`app ${signal}\r\n`);
      process.kill(await terminal.pid(), USR1);
      await terminal.untilScreen(`app ${USR1}\r\n`);
      assert.deepEqual(received(terminal), [signal, USR1]);
    });
  }

  test("Ctrl-C arrives twice if a supervisor forwards it within one group (control)", async () => {
    const command = python("naive.py", "forward", ...python("signals.py"));
    using terminal = startTerminal(withoutSeaworthy(variant), command);
    await terminal.untilScreen("app ready");
    terminal.type(key.interrupt);
    await terminal.untilScreen(`app ${INT}\r\n`, 2);
  });

  test("Ctrl-Z does not suspend an app if no shell could resume it", async () => {
    using terminal = startTerminal(variant, catThen7);
    terminal.type("first\n");
    await terminal.untilScreen("first", 2);
    terminal.type(`${key.suspend}second\n`);
    await terminal.untilScreen("second", 2);
    terminal.type(key.endOfFile);
    assert.equal((await terminal.ended).code, 7);
  });

  test("the end of the input arrives", async () => {
    using terminal = startTerminal(variant, ["cat"]);
    terminal.type("text\n");
    await terminal.untilScreen("text", 2);
    terminal.type(key.endOfFile);
    assert.equal((await terminal.ended).code, 0);
  });

  test("a change of the window's size arrives once", async () => {
    const script = `trap 'echo size $(stty size)' WINCH; trap 'echo marker' USR1; echo start; while :; do sleep 0.01; done`;
    using terminal = startTerminal(variant, ["sh", "-c", script]);
    await terminal.untilScreen("start");
    terminal.resize(33, 101);
    await terminal.untilScreen("size 33 101");
    process.kill(await terminal.pid(), USR1);
    await terminal.untilScreen("marker");
    assert.equal(terminal.screen().split("size").length - 1, 1);
  });

  test("the terminal modes are restored after an app that changed them was killed", async () => {
    using fresh = startTerminal(withoutSeaworthy(variant), ["sleep", "infinity"]);
    const before = await fresh.modes();
    using terminal = startTerminal(variant, rawThenKilled);
    const { code, modes } = await terminal.ended;
    assert.equal(code, 137);
    assert.match(terminal.screen(), /raw/);
    assert.equal(modes, before);
  });

  test("the terminal modes stay changed without seaworthy (control)", async () => {
    // Compare with another terminal: the app may change its own before the test can read them.
    using fresh = startTerminal(withoutSeaworthy(variant), ["sleep", "infinity"]);
    const before = await fresh.modes();
    using terminal = startTerminal(withoutSeaworthy(variant), ["sh", "-c", '"$@"; exit 0', "sh", ...rawThenKilled]);
    assert.notEqual((await terminal.ended).modes, before);
  });

  test("Ctrl-C stops several processes, and reaches each once", async () => {
    const command = python("signals.py");
    const settings = { processes: { one: { command }, two: { command } }, stop: { graceSeconds: 600 } };
    using terminal = startTerminal(variant, [], { settings });
    await terminal.untilScreen("app ready", 2);
    terminal.type(key.interrupt);
    await terminal.untilScreen(`app ${INT}\r\n`, 2);
    process.kill(await terminal.pid(), USR1);
    await terminal.untilScreen(`app ${USR1}\r\n`, 2);
    assert.deepEqual(
      received(terminal).toSorted((one, other) => one - other),
      [INT, INT, USR1, USR1],
    );
  });

  test("with stop.group, the app's whole group is stopped", async () => {
    const settings = { stop: { group: true, graceSeconds: 600 } };
    using terminal = startTerminal(variant, python("signals.py", "group"), { settings });
    await terminal.untilScreen("app ready");
    await terminal.untilScreen("member ready");
    process.kill(await terminal.pid(), "SIGTERM");
    await terminal.untilScreen("app 15");
    await terminal.untilScreen("member 15");
  });
});

async function untilRuns(terminal: Terminal, name: string): Promise<void> {
  const pid = await terminal.pid();
  await waitFor(name, () => treeOf(pid).some((entry) => entry.name === name));
}

function received(terminal: Terminal): readonly number[] {
  return [...terminal.screen().matchAll(/app (\d+)\r\n/g)].map(([, number]) => Number(number));
}
