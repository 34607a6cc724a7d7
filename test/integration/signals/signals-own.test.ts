import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { startContainer } from "../../harness/container.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { forEachVariant } from "../../harness/variants.ts";

const faults = { ILL: 4, TRAP: 5, BUS: 7, FPE: 8, SEGV: 11 };
const [USR1, TERM, SYS] = [10, 15, 31];
/** So long that no test reaches the end. */
const stop = { graceSeconds: 600 };

forEachVariant("signals that the kernel also sends for seaworthy's own actions", { skip: withoutPython }, (variant) => {
  test("reach the app each time if a process sends them (faults)", async () => {
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

  test("do not reach the app if a reader of seaworthy's output is gone (PIPE)", async () => {
    using container = startContainer(variant, python("signals.py"), {
      settings: { stop, log: { level: "debug" } },
    });
    await container.untilLine("app ready");
    await container.get("/livez");
    // Probes that disconnect before the answer.
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
