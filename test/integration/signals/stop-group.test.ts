import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startContainer, type Container } from "../../harness/container.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { forEachVariant, type Variant } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

/** So long that no test reaches the end. */
const never = 600;
const group = { group: true, graceSeconds: never };
const requests = 8;

forEachVariant("stop.group: the stop signal comes once", { skip: withoutPython }, (variant) => {
  test("an app behind a shell drains, though the shell ends first", async () => {
    await using app = await startServer(variant);
    await app.container.send("SIGTERM");
    await app.container.untilLine("drains");
    await app.container.get("/livez");
    app.answer();
    assert.deepEqual(await app.answers(), Array(requests).fill("done"));
    assert.deepEqual(await app.container.ended, { code: 143, signal: null });
    assert.ok(!app.container.lines().includes("after"));
  });

  test("a second signal from outside reaches the app, which ends before it has drained (control)", async () => {
    await using app = await startServer(variant);
    await app.container.send("SIGTERM");
    await app.container.untilLine("drains");
    await app.container.send("SIGTERM");
    await app.container.ended;
    app.answer();
    assert.deepEqual(await app.answers(), Array(requests).fill("lost"));
  });

  for (const [name, signal, number] of [
    ["TERM", undefined, 15],
    ["QUIT", "QUIT", 3],
  ] as const) {
    test(`${name} reaches the group once, including orphans; a daemon gets TERM after the group has ended`, async () => {
      const settings = { stop: { ...group, ...(signal && { signal }) } };
      using container = await startFamily(variant, settings);
      await container.send("SIGTERM");
      await container.untilLine(`member ${number}`);
      await container.untilLine(`orphan ${number}`);
      await end(container, "orphan");
      await container.get("/livez");
      assert.deepEqual(said(container), [`member ${number}`, `orphan ${number}`, "orphan 31"]);
      await end(container, "member");
      await container.untilLine("daemon 15");
      await end(container, "daemon");
      assert.deepEqual(await container.ended, { code: 128 + number, signal: null });
      assert.deepEqual(said(container), [
        "daemon 15",
        "daemon 31",
        `member ${number}`,
        "member 31",
        `orphan ${number}`,
        "orphan 31",
      ]);
    });
  }

  // A shell without job control lets its background jobs ignore INT and QUIT.
  for (const signal of ["INT", "QUIT"] as const) {
    test(`a background job that ignores ${signal} gets TERM once the rest of the group has ended`, async () => {
      const job = `(trap 'echo job 15; exit' TERM; echo job ready; while :; do sleep 0.01; done)`;
      const command = ["sh", "-c", `ulimit -c 0; sleep 1000 & ${job} & exec sleep 1000`];
      using container = startContainer(variant, command, { settings: { stop: { ...group, signal } } });
      await container.untilLine("job ready");
      await container.get("/livez");
      await container.send("SIGTERM");
      assert.deepEqual(await container.ended, { code: signal === "INT" ? 130 : 131, signal: null });
      assert.deepEqual(container.survivors(), []);
      assert.deepEqual(container.lines(), ["job ready", "job 15"]);
    });
  }

  test("a process that ignores TERM has the whole grace (control)", async () => {
    const job = `(trap '' TERM; echo job ready; sleep 1000)`;
    const command = ["sh", "-c", `${job} & exec sleep 1000`];
    const stop = { group: true, graceSeconds: 0.3 };
    using container = startContainer(variant, command, { settings: { stop } });
    await container.untilLine("job ready");
    await container.get("/livez");
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 143, signal: null });
    assert.match(container.stderr(), /did not end within 0\.3 s after SIGTERM: sending SIGKILL/);
  });

  test("without stop.group, the remaining processes get TERM once, after the app has ended (control)", async () => {
    using container = await startFamily(variant, { stop: { signal: "QUIT", graceSeconds: never } });
    await container.send("SIGTERM");
    for (const name of ["member", "orphan", "daemon"]) {
      await container.untilLine(`${name} 15`);
      await end(container, name);
    }
    assert.deepEqual(await container.ended, { code: 131, signal: null });
    const expected = ["daemon 15", "daemon 31", "member 15", "member 31", "orphan 15", "orphan 31"];
    assert.deepEqual(said(container), expected);
  });

  test("other signals and a second TERM reach the group while it stops", async () => {
    using container = await startFamily(variant, { stop: group });
    for (const [signal, number] of [
      ["SIGTERM", 15],
      ["SIGHUP", 1],
      ["SIGTERM", 15],
    ] as const) {
      const before = container.lines().filter((line) => line === `member ${number}`).length;
      await container.send(signal);
      await container.untilLine(`member ${number}`, before + 1);
      await container.untilLine(`orphan ${number}`, before + 1);
    }
    assert.deepEqual(
      said(container).filter((line) => line.startsWith("daemon")),
      [],
    );
  });

  test("a second TERM also reaches the remaining processes", async () => {
    using container = await startFamily(variant, { stop: { graceSeconds: never } });
    for (const times of [1, 2]) {
      await container.send("SIGTERM");
      await container.untilLine("daemon 15", times);
      await container.untilLine("orphan 15", times);
    }
  });

  test("a group that outlives its grace is killed, and no process remains", async () => {
    using container = await startFamily(variant, { stop: { group: true, graceSeconds: 0.3 } });
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 143, signal: null });
    assert.deepEqual(container.survivors(), []);
    assert.deepEqual(said(container), ["daemon 15", "member 15", "orphan 15"]);
    assert.match(container.stderr(), /the app did not end within 0\.3 s after SIGTERM: sending SIGKILL/);
  });

  test("processes: one that others depend on keeps running until their whole group has ended", async () => {
    const database = [
      "sh",
      "-c",
      "trap 'echo database 15; exit 0' TERM; echo database ready; while :; do sleep 0.01; done",
    ];
    const processes = {
      database: { command: database },
      app: { command: python("family.py", "member"), after: ["database"], stop: { group: true, signal: "INT" } },
    };
    using container = startContainer(variant, [], { settings: { processes, stop: { graceSeconds: never } } });
    for (const name of ["database", "member", "app"]) await container.untilLine(`${name} ready`);
    await container.send("SIGTERM");
    await container.untilLine("member 2");
    const { body } = await container.get("/health");
    assert.equal(body.checks["app:process"]?.[0]?.observedValue, "stopping");
    assert.deepEqual(said(container), ["member 2"]);
    await end(container, "member");
    assert.deepEqual(await container.ended, { code: 130, signal: null });
    assert.deepEqual(said(container), ["database 15", "member 2", "member 31"]);
  });

  test("one that is already stopping because it is not ready does not get the stop signal again", async () => {
    const ready = { file: "/no/such/file", timeoutSeconds: 0.1 };
    const processes = { app: { command: python("signals.py"), ready, stop: { graceSeconds: never } } };
    using container = startContainer(variant, [], { settings: { processes } });
    await container.untilLine("app 15");
    await container.send("SIGTERM");
    await container.until("the stop", () => container.stderr().includes("SIGTERM: stopping"));
    await container.send("SIGSYS");
    await container.ended;
    assert.deepEqual(said(container), ["app 15", "app 31"]);
  });
});

/** family.py with one process of each kind. */
async function startFamily(variant: Variant, settings: object): Promise<Container> {
  const names = ["member", "orphan", "daemon"];
  const container = startContainer(variant, python("family.py", ...names), { settings });
  for (const name of [...names, "app"]) await container.untilLine(`${name} ready`);
  await container.get("/livez");
  return container;
}

/** The reported signals, sorted by process. The order within each process is kept. */
function said(container: Container): readonly string[] {
  const lines = container.lines().filter((line) => !line.endsWith(" ready"));
  return lines.toSorted((one, other) => Number(one.split(" ")[0] !== other.split(" ")[0]) && (one < other ? -1 : 1));
}

async function end(container: Container, name: string): Promise<void> {
  const one = await waitFor(name, () => container.survivors().find((entry) => entry.name === name));
  process.kill(one.pid, "SIGSYS");
  await container.untilLine(`${name} 31`);
}

/** A server with eight open requests, below a shell that continues afterwards. */
async function startServer(variant: Variant) {
  const folder = scratchPath("folder");
  mkdirSync(folder);
  const script = join(import.meta.dirname, "../../fixtures/pid1/drain.mjs");
  const command = ["sh", "-c", `"$0" ${script} ${folder}; echo after`, process.execPath];
  const container = startContainer(variant, command, { settings: { stop: group } });
  const port = () =>
    container
      .lines()
      .find((line) => line.startsWith("port "))
      ?.slice("port ".length);
  await container.until("a port", () => port() !== undefined);
  const answers = Array.from({ length: requests }, () =>
    fetch(`http://127.0.0.1:${port()}`, { headers: { connection: "close" } }).then(
      (response) => response.text(),
      () => "lost",
    ),
  );
  await container.untilLine("has a request", requests);
  await container.get("/livez");
  return {
    container,
    answer: () => writeFileSync(join(folder, "answer"), ""),
    answers: () => Promise.all(answers),
    async [Symbol.asyncDispose]() {
      container[Symbol.dispose]();
      await Promise.all(answers);
    },
  };
}
