import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { runContainer, startContainer } from "../../harness/container.ts";
import { childrenOf } from "../../harness/proc.ts";
import { withoutRoot } from "../../harness/program.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { forEachVariant } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

/** So long that no test reaches the end. */
const stop = { graceSeconds: 600 };
/** Prints the signal that it gets, and exits. */
const telling = (name: string, ...signals: readonly string[]) => {
  const traps = signals.map((signal) => `trap 'echo ${name} got ${signal}; exit 0' ${signal};`).join(" ");
  return ["sh", "-c", `${traps} echo ${name} ready; while :; do sleep 0.01; done`];
};

forEachVariant("several processes", {}, (variant) => {
  test("a critical one that ends stops the container with its code", async () => {
    const gate = scratchPath("gate");
    const processes = {
      web: { command: telling("web", "TERM") },
      job: { command: ["sh", "-c", `until [ -e ${gate} ]; do sleep 0.01; done; exit 9`] },
    };
    using container = startContainer(variant, [], { settings: { processes, stop } });
    await container.untilLine("web ready");
    writeFileSync(gate, "");
    assert.deepEqual(await container.ended, { code: 9, signal: null });
    assert.deepEqual(container.lines(), ["web ready", "web got TERM"]);
  });

  test("one that is not critical may end: health warns, and the others keep running", async () => {
    const processes = {
      web: { command: telling("web", "TERM") },
      job: { command: ["sh", "-c", "exit 9"], critical: false },
    };
    using container = startContainer(variant, [], { settings: { processes, stop } });
    await container.untilLine("web ready");
    const { body, status } = await waitFor("the end", async () => {
      const answer = await container.get("/health");
      return answer.body.checks["job:process"]?.[0]?.observedValue === "ended" && answer;
    });
    assert.deepEqual([status, body.status, body.output], [200, "warn", "process job is ended"]);
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 0, signal: null });
    assert.deepEqual(container.lines(), ["web ready", "web got TERM"]);
  });

  test("one that fails is restarted, and health shows it", async () => {
    const gate = scratchPath("gate");
    const script = `test -e ${gate} || exit 3; ${telling("web", "TERM")[2]}`;
    const processes = { web: { command: ["sh", "-c", script], restart: "on-failure" } };
    using container = startContainer(variant, [], { settings: { processes, stop } });
    const failing = await waitFor("a restart", async () => {
      const answer = await container.get("/health");
      return answer.body.checks["web:process"]?.[0]?.observedValue === "backoff" && answer;
    });
    assert.equal(failing.status, 503);
    assert.equal(failing.body.output, "process web is backoff");
    writeFileSync(gate, "");
    await container.untilLine("web ready");
    const { status, body } = await container.get("/health");
    assert.equal(status, 200);
    assert.ok((body.checks["web:process"]?.[0]?.restarts ?? 0) > 0);
    assert.match(container.stderr(), /web ended with 3: starting it again in 0\.\d s/);
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 0, signal: null });
  });

  test("one that exits 0 is restarted only with `restart: always`", async () => {
    const mark = scratchPath("mark");
    const processes = {
      // It fails once, so that its restart shows that seaworthy has handled the other's exit.
      always: {
        command: ["sh", "-c", `echo always; test -e ${mark} && exec sleep 1000; touch ${mark}`],
        restart: "always",
      },
      once: { command: ["echo", "once"], restart: "on-failure", critical: false },
    };
    using container = startContainer(variant, [], { settings: { processes, stop } });
    await container.untilLine("always", 2);
    await container.untilLine("once");
    await container.send("SIGTERM");
    await container.ended;
    assert.deepEqual(container.lines().toSorted(), ["always", "always", "once"]);
  });

  test("one that is not ready yet is stopped like any other", async () => {
    const processes = { web: { command: telling("web", "TERM"), ready: { command: ["sleep", "1000"] } } };
    using container = startContainer(variant, [], { settings: { processes, stop } });
    await container.untilLine("web ready");
    const pid = await container.pid();
    await waitFor("the question", () => childrenOf(pid).some(({ name }) => name === "sleep"));
    await container.send("SIGTERM");
    // The container was never healthy.
    assert.deepEqual(await container.ended, { code: 143, signal: null });
    assert.deepEqual(container.survivors(), []);
  });

  test("each has its own stop signal and grace", async () => {
    const processes = {
      quits: { command: telling("quits", "TERM", "QUIT"), stop: { signal: "QUIT" } },
      stays: {
        command: ["sh", "-c", "trap '' TERM; echo stays ready; while :; do sleep 0.01; done"],
        stop: { graceSeconds: 0.2 },
      },
      terms: { command: telling("terms", "TERM", "QUIT") },
    };
    using container = startContainer(variant, [], { settings: { processes, stop } });
    for (const name of ["quits", "stays", "terms"]) await container.untilLine(`${name} ready`);
    await container.send("SIGTERM");
    await container.ended;
    assert.match(container.stderr(), /stays did not end within 0\.2 s after SIGTERM: sending SIGKILL/);
    assert.deepEqual(container.lines().slice(3).toSorted(), ["quits got QUIT", "terms got TERM"]);
  });

  test("each has its own environment and working directory", async () => {
    const show = { command: ["sh", "-c", 'echo "$(pwd) $GIVEN $SHARED"'], critical: false };
    const processes = {
      one: { ...show, environment: { GIVEN: "one", SHARED: 1 }, workdir: "/usr", ready: { file: "share" } },
      // Relative to the container's first working directory, which seaworthy has left by then.
      two: { ...show, environment: { GIVEN: "two" }, workdir: "share", after: ["one"] },
    };
    const options = { settings: { processes }, environment: { SHARED: "2" }, workingDirectory: "/usr" };
    const { stdout } = await runContainer(variant, [], options);
    assert.deepEqual(stdout.split("\n").toSorted(), ["", "/usr one 1", "/usr/share two 2"]);
  });

  test("each has its own user and group, by name and by number", { skip: withoutRoot }, async () => {
    const show = { command: ["sh", "-c", 'echo "$(id -u) $(id -g) $(id -G)"'], critical: false };
    const processes = {
      name: { ...show, user: "nobody" },
      number: { ...show, user: "10001" },
      both: { ...show, user: "nobody", group: "daemon" },
      group: { ...show, group: "10002" },
    };
    const { stdout } = await runContainer(variant, [], { settings: { processes } });
    const expected = ["", "0 10002 10002", "10001 10001 10001", "65534 1 1", "65534 65534 65534"];
    assert.deepEqual(stdout.split("\n").toSorted(), expected);
  });

  test("a user that does not exist is refused", async () => {
    const processes = { web: { command: ["sleep", "1000"], user: "no-such-user" } };
    const { code, stderr } = await runContainer(variant, [], { settings: { processes } });
    assert.equal(code, 78);
    assert.match(stderr, /there is no user "no-such-user" in \/etc\/passwd/);
  });
});
