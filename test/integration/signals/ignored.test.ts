import assert from "node:assert/strict";
import { test } from "node:test";
import { startContainer } from "../../harness/container.ts";
import { catches } from "../../harness/dispositions.ts";
import { givenApp, parseGiven, readGiven } from "../../harness/given.ts";
import { childrenOf } from "../../harness/proc.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

const [HUP, TERM, SYS] = [1, 15, 31];
/** HUP as from nohup, INT and QUIT as from a shell in the background, and others. */
const cases = ["HUP", "HUP INT QUIT", "INT QUIT", "USR2 ALRM WINCH CHLD TSTP TTIN TTOU URG PROF", "37 64", "HUP 34"];
/** x86-64 only, in ignored-signals.ts. */
const skip = process.arch === "x64" ? withoutPython : "Node leaves no trace of them on this architecture";

forEachVariant("signals that were ignored when seaworthy started", { skip }, (variant) => {
  for (const signals of cases) {
    test(`are ignored in the app: ${signals}`, async () => {
      const before = `trap '' ${signals}`;
      const control = await readGiven(withoutSeaworthy(variant), givenApp(), { before });
      assert.notEqual(BigInt(`0x${control.ignored}`) & ~pythonsOwn, 0n);
      for (const argv of [givenApp(), ["--exec", ...givenApp()]])
        assert.equal((await readGiven(variant, argv, { before })).ignored, control.ignored, argv.join(" "));
    });
  }

  test("are ignored in each of several processes, and after a restart", async () => {
    const command = ["sh", "-c", `${givenApp().join(" ")}; exit 1`];
    const settings = { processes: { web: { command, restart: "on-failure" } } };
    using container = startContainer(variant, [], { settings, before: "trap '' HUP" });
    await container.until("a restart", () => container.lines().length >= 2);
    for (const line of container.lines()) assert.equal(BigInt(`0x${parseGiven(line).ignored}`) & ~pythonsOwn, 1n);
  });

  test("do not end the app even if they arrive early, and reach it if it handles them", async () => {
    using container = startContainer(variant, python("signals.py"), {
      before: "trap '' HUP",
      settings: { stop: { graceSeconds: 600 } },
    });
    await waitFor("the last handler", async () => catches(await container.pid(), SYS));
    await container.send(HUP);
    await container.untilLine("app ready");
    // A signal before the handler exists is dropped, as without seaworthy.
    const before = container.lines().filter((line) => line === `app ${HUP}`).length;
    await container.send(HUP);
    await container.untilLine(`app ${HUP}`, before + 1);
    await container.send(SYS);
    assert.deepEqual(await container.ended, { code: 31, signal: null });
  });

  test("HUP ends neither seaworthy nor the app, and TERM ends both", async () => {
    using container = startContainer(variant, ["sleep", "1000"], { before: "trap '' HUP" });
    await container.get("/livez");
    const pid = await container.pid();
    const app = await waitFor("the app", () => childrenOf(pid).find(({ name }) => name === "sleep"));
    await container.send(HUP);
    await container.get("/livez");
    assert.equal(childrenOf(pid)[0]?.pid, app.pid);
    await container.send(TERM);
    assert.equal((await container.ended).code, 128 + TERM);
  });

  // Node sets these for itself, and the old values are lost. docs/reference/limits.md lists them.
  test("signals that Node handles itself, and blocked ones, have their default", async () => {
    const blocked = python("blocked.py").join(" ");
    const before = `trap '' TERM USR1 PIPE XFSZ; set -- ${blocked} "$@"`;
    const mask = ["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"];
    for (const argv of [mask, ["--exec", ...mask]]) {
      using container = startContainer(variant, argv, { before });
      await container.ended;
      // Only HUP of blocked.py is left.
      assert.equal(container.stdout(), "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\n");
    }
  });
});

/** PIPE and XFSZ, which Python ignores. */
const pythonsOwn = 0x0100_1000n;
