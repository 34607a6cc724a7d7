import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { test } from "node:test";
import { runContainer, startContainer } from "../../harness/container.ts";
import { freePort } from "../../harness/postgres.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { forEachVariant } from "../../harness/variants.ts";

/** Exits with 7 on TERM. */
const app = ["sh", "-c", "trap 'exit 7' USR1; echo ready; while :; do sleep 0.01; done"];
const settings = { log: { level: "debug" }, stop: { drainSeconds: 600 } };

forEachVariant("standard streams", {}, (variant) => {
  for (const closed of ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"]) {
    test(`closed: ${closed}`, async () => {
      const { code } = await runContainer(variant, ["sh", "-c", "exit 7"], { settings, before: `exec ${closed}` });
      assert.equal(code, 7);
    });
  }

  test("without readers", async () => {
    using container = startContainer(variant, app, { settings });
    await container.untilLine("ready");
    await container.get("/livez");
    container.stopReading("stdout");
    container.stopReading("stderr");
    // It logs the stop, and every change that follows.
    await container.send("SIGTERM");
    await container.send("SIGUSR1");
    assert.deepEqual(await container.ended, { code: 7, signal: null });
  });

  test("on a full disk", async () => {
    const before = "exec 2>/dev/full";
    const { code } = await runContainer(variant, ["sh", "-c", "exit 7"], { settings, before });
    assert.equal(code, 7);
  });

  test("a full pipe without a reader stops neither signals nor health", async () => {
    const port = await freePort();
    const pipe = scratchPath("pipe");
    const fill = `dd if=/dev/zero of=${pipe} bs=4096 oflag=nonblock 2>/dev/null || :`;
    using container = startContainer(variant, app, {
      before: `mkfifo ${pipe}; exec 8<>${pipe}; ${fill}; exec 2>${pipe}`,
      settings: { ...settings, health: { listen: `127.0.0.1:${port}` } },
    });
    await container.untilLine("ready");
    const ask = () => fetch(`http://127.0.0.1:${port}/livez`, { headers: { connection: "close" } });
    for (;;) {
      const answer = await ask().catch(() => undefined);
      if (answer?.status === 200) break;
    }
    await container.send("SIGTERM");
    await container.send("SIGUSR1");
    assert.deepEqual(await container.ended, { code: 7, signal: null });
  });

  test("belong to the app: seaworthy does not relay them", async () => {
    using container = startContainer(variant, ["sh", "-c", "readlink /proc/self/fd/1; exec sleep 1000"]);
    await container.until("a line", () => container.lines().length === 1);
    assert.match(container.lines()[0] ?? "", /^(pipe|socket):\[\d+\]$/);
    assert.equal(container.lines()[0], readlinkSync(`/proc/${await container.pid()}/fd/1`));
  });
});
