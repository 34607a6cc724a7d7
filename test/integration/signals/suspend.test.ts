import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { startContainer, type Container } from "../../harness/container.ts";
import { readProcess } from "../../harness/proc.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

const [USR1, TERM, CONT] = [10, 15, 18];
const suspending = { TSTP: 20, TTIN: 21, TTOU: 22 };
/** A shell with a child. Neither handles these signals. */
const app = ["sh", "-c", "trap 'echo there' USR1; sleep 1000 & echo ready; while :; do wait; done"];
/** In its own session, the group has no parent that could resume it. */
const orphan = 'set -- setsid "$@"';

forEachVariant("a signal that suspends an app in an orphaned group", {}, (variant) => {
  for (const group of [true, false]) {
    for (const before of [":", orphan]) {
      test(`stops seaworthy and the app, and CONT resumes both (stop.group: ${group}, ${before === orphan ? "in a new session" : "as started"})`, async () => {
        const settings = { stop: { group, graceSeconds: 600 } };
        using container = startContainer(variant, app, { settings, before });
        await container.untilLine("ready");
        await container.until("health is served", () => container.stderr().includes("serving health"));
        const pid = await container.pid();
        for (const [index, number] of Object.values(suspending).entries()) {
          await container.send(number);
          await waitFor("the app's stop", () => stateOf(container) === "T");
          // The kernel does not stop PID 1.
          if (!variant.asPid1) await waitFor("our stop", () => readProcess(pid)?.state === "T");
          await container.send(CONT);
          await waitFor("the app", () => stateOf(container) !== "T");
          await container.send(USR1);
          await container.untilLine("there", index + 1);
        }
        await container.send(TERM);
        assert.deepEqual(await container.ended, { code: 128 + TERM, signal: null });
      });
    }
  }

  test("does not make a client of health look slow", async () => {
    using container = startContainer(variant, ["sleep", "1000"]);
    assert.equal((await container.get("/livez")).status, 200);
    const { hostname, port } = new URL(/serving health on (\S+)/.exec(container.stderr())?.[1] ?? assert.fail());
    const socket = connect(Number(port), hostname).setEncoding("latin1");
    socket.write("GET /livez HTTP/1.1\r\n");
    // The next answer proves that seaworthy has accepted this connection.
    await container.get("/livez");
    await container.send("SIGSTOP");
    // Longer than the time limit for a request.
    await setTimeout(2500);
    socket.write("host: here\r\nconnection: close\r\n\r\n");
    await container.send(CONT);
    assert.match((await socket.toArray()).join(""), /^HTTP\/1\.1 200 /);
    await container.send("SIGKILL");
  });

  test("does not stop an app that handles it", async () => {
    const handling = [
      "sh",
      "-c",
      "trap 'echo asked' TSTP; trap 'exit 7' USR1; echo ready; while :; do sleep 0.01; done",
    ];
    using container = startContainer(variant, handling, { settings: { stop: { group: false } }, before: orphan });
    await container.untilLine("ready");
    await container.until("health is served", () => container.stderr().includes("serving health"));
    await container.send(suspending.TSTP);
    await container.untilLine("asked");
    await container.send(CONT);
    await container.send(USR1);
    assert.deepEqual(await container.ended, { code: 7, signal: null });
  });

  test("is dropped by the kernel if it is only forwarded (control)", async () => {
    using container = startContainer(withoutSeaworthy(variant), app, { before: orphan });
    await container.untilLine("ready");
    await container.send(suspending.TSTP);
    await container.send(USR1);
    await container.untilLine("there");
    await container.send("SIGKILL");
  });
});

/** The states of the shell and its child. */
function stateOf(container: Container): string | undefined {
  return container.survivors().find(({ commandLine }) => commandLine[0] === "sh" && commandLine[2] === app[2])?.state;
}
