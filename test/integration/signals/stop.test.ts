import assert from "node:assert/strict";
import { test } from "node:test";
import { startContainer, type Container } from "../../harness/container.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { forEachVariant, type Variant } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

/** So long that no test reaches the end. */
const never = 600;
const [HUP, INT, QUIT, TERM, SYS] = [1, 2, 3, 15, 31];

forEachVariant("stop", { skip: withoutPython }, (variant) => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`${signal} drains: health shows it at once, and the app keeps running; a second one stops the app`, async () => {
      using container = await startApp(variant, { stop: { drainSeconds: never, graceSeconds: never } });
      assert.equal((await container.get("/health")).status, 200);
      await container.send(signal);
      const draining = await waitFor("draining", async () => {
        const answer = await container.get("/health");
        return answer.status === 503 && answer;
      });
      assert.equal(draining.body.phase, "draining");
      assert.match(draining.body.output ?? "", /^draining: this container is being stopped/);
      assert.equal((await container.get("/livez")).status, 200);
      assert.deepEqual(container.lines(), ["app ready"]);
      await container.send(signal);
      await container.untilLine(`app ${signal === "SIGTERM" ? TERM : INT}`);
      assert.equal((await container.get("/livez")).status, 200);
      await end(container);
    });
  }

  test("the app gets TERM when the drain is over", async () => {
    using container = await startApp(variant, { stop: { drainSeconds: 0.1, graceSeconds: never } });
    await container.send("SIGTERM");
    await container.untilLine(`app ${TERM}`);
    assert.match(container.stderr(), /SIGTERM: stopping after 0\.1 s of draining/);
    await end(container);
  });

  test("HUP and QUIT reach the app without a drain", async () => {
    using container = await startApp(variant, { stop: { drainSeconds: never, graceSeconds: never } });
    for (const signal of [HUP, QUIT]) {
      await container.send(signal);
      await container.untilLine(`app ${signal}`);
    }
    assert.equal((await container.get("/health")).status, 200);
    await end(container);
    assert.deepEqual(container.lines(), ["app ready", `app ${HUP}`, `app ${QUIT}`, `app ${SYS}`]);
  });

  test("the app gets only stop.signal", async () => {
    using container = await startApp(variant, { stop: { signal: "QUIT", graceSeconds: never } });
    await container.send("SIGTERM");
    await container.untilLine(`app ${QUIT}`);
    await end(container);
    assert.deepEqual(container.lines(), ["app ready", `app ${QUIT}`, `app ${SYS}`]);
  });

  test("stop.signal also triggers the stop, since it may be the image's STOPSIGNAL", async () => {
    using container = await startApp(variant, { stop: { signal: "QUIT", drainSeconds: never, graceSeconds: never } });
    await container.send(QUIT);
    await waitFor("draining", async () => (await container.get("/health")).status === 503);
    assert.deepEqual(container.lines(), ["app ready"]);
    await container.send(QUIT);
    await container.untilLine(`app ${QUIT}`);
    await end(container);
  });

  test("an app that outlives its grace is killed", async () => {
    using container = await startApp(variant, { stop: { graceSeconds: 0.2 } });
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 137, signal: null });
    assert.deepEqual(container.lines(), ["app ready", `app ${TERM}`]);
    assert.match(container.stderr(), /the app did not end within 0\.2 s after SIGTERM: sending SIGKILL/);
  });

  test("its whole group is killed, and the remaining processes too", async () => {
    const settings = { stop: { graceSeconds: 0.2, group: true } };
    using container = startContainer(variant, python("signals.py", "group"), { settings });
    await container.untilLine("app ready");
    await container.untilLine("member ready");
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 137, signal: null });
    assert.deepEqual(container.survivors(), []);
  });
});

async function startApp(variant: Variant, settings: object): Promise<Container> {
  const container = startContainer(variant, python("signals.py"), { settings });
  await container.untilLine("app ready");
  await container.get("/livez");
  return container;
}

/** Ends this app at any stage of its stop. */
async function end(container: Container): Promise<void> {
  await container.send(SYS);
  assert.deepEqual(await container.ended, { code: SYS, signal: null });
}
