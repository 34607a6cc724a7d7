import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { startContainer } from "../harness/container.ts";
import { python, withoutPython } from "../harness/python.ts";
import { forEachVariant } from "../harness/variants.ts";

const faults = { ILL: 4, TRAP: 5, BUS: 7, FPE: 8, SEGV: 11 };
const [USR1, TERM, SYS] = [10, 15, 31];
/** Long enough that no test ever sees its end. */
const stop = { graceSeconds: 600 };

forEachVariant("signals that the kernel sends us for what we do", { skip: withoutPython }, (variant) => {
  test("go to the app where somebody sends them, and again (faults)", async () => {
    using container = startContainer(variant, python("signals.py"), { settings: { stop } });
    await container.untilLine("app ready");
    await container.get("/livez");
    for (const number of Object.values(faults)) {
      for (const times of [1, 2, 3]) {
        await container.send(number);
        await container.untilLine(`app ${number}`, times);
      }
    }
    await container.send(SYS);
    assert.deepEqual(await container.ended, { code: SYS, signal: null });
  });

  test("do not go to the app when a reader of ours has gone away (PIPE)", async () => {
    using container = startContainer(variant, python("signals.py"), {
      settings: { stop, log: { level: "debug" } },
    });
    await container.untilLine("app ready");
    await container.get("/livez");
    // Probes that are gone before their answer is.
    const [, port] = /127\.0\.0\.1:(\d+)/.exec(container.stderr()) ?? [];
    for (let probe = 0; probe < 20; probe++) {
      const socket = connect({ host: "127.0.0.1", port: Number(port) });
      await once(socket, "connect");
      socket.write("GET /health HTTP/1.1\r\nhost: x\r\n\r\n".repeat(20));
      socket.resetAndDestroy();
    }
    container.stopReading("stderr");
    await container.send(TERM);
    await container.untilLine(`app ${TERM}`);
    await container.send(USR1);
    await container.untilLine(`app ${USR1}`);
    await container.send(SYS);
    assert.deepEqual(await container.ended, { code: SYS, signal: null });
    assert.deepEqual(container.lines(), ["app ready", `app ${TERM}`, `app ${USR1}`, `app ${SYS}`]);
  });
});
