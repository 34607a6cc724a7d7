import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runContainer, startContainer } from "../../harness/container.ts";
import { withoutRoot } from "../../harness/program.ts";
import { forEachVariant, withoutSeaworthy, type Variant } from "../../harness/variants.ts";

const app = { command: ["echo", "started"] };

forEachVariant("a command that cannot run is refused with a message", {}, (variant) => {
  for (const [title, settings, message] of [
    [
      "no process",
      { processes: {} },
      "processes: expected at least one entry (or leave it out), received an empty map",
    ],
    [
      "no program",
      { processes: { app, web: { command: [""] } } },
      "processes.web.command[0]: the first word of a command",
    ],
    [
      "no word",
      { processes: { app, web: { command: [] } } },
      "processes.web.command: expected a command as a list of words",
    ],
    [
      "a command in one text",
      { processes: { app, web: { command: "a b" } } },
      "processes.web.command: expected a command as",
    ],
    ["an empty variable", { run: ["${NOTHING:-}", "x"] }, "run[0]: the first word of a command is the program to run"],
    [
      "a dropped stop",
      { run: app.command, stop: { signal: "WINCH" }, signals: { WINCH: "none" } },
      "signals.WINCH: none would",
    ],
    [
      "a code that there is not",
      { run: app.command, exitCodes: { 256: 0 } },
      "exitCodes.256: expected an exit code from 0 to 255",
    ],
    [
      "a code with a zero before it",
      { run: app.command, exitCodes: { "0143": 0 } },
      "exitCodes.0143: expected an exit code",
    ],
    [
      "a code below zero",
      { run: app.command, exitCodes: { "-1": 0 } },
      "exitCodes.-1: expected an exit code from 0 to 255",
    ],
    [
      "a code to none",
      { run: app.command, exitCodes: { 143: 256 } },
      "exitCodes.143: expected an exit code from 0 to 255",
    ],
  ] as const) {
    test(`${title}: 78, and no process starts`, async () => {
      const { code, stdout, stderr } = await runContainer(variant, [], { settings });
      assert.deepEqual([code, stdout], [78, ""]);
      assert.ok(stderr.includes(message), stderr);
      assert.ok(!stderr.includes("internal error"), stderr);
    });
  }

  test("a valid command starts (control)", async () => {
    const { code, stdout } = await runContainer(variant, [], {
      settings: { processes: { app }, exitCodes: { 0: 143 } },
    });
    assert.deepEqual([code, stdout], [143, "started\n"]);
  });

  test("a process may be called __proto__", async () => {
    const processes = JSON.parse('{"__proto__": {"command": ["echo", "started"]}}') as object;
    const { code, stdout } = await runContainer(variant, [], { settings: { processes } });
    assert.deepEqual([code, stdout], [0, "started\n"]);
  });

  for (const [argv, expected, message] of [
    [[""], 127, 'cannot run "": the first word of the command is empty.'],
    [["/etc/passwd/x"], 127, 'cannot run "/etc/passwd/x": the file does not exist.'],
    [["/usr"], 126, 'cannot run "/usr": permission denied. It is a folder: name a program.'],
  ] as const) {
    test(`${argv[0] || "an empty word"} as the container's command: ${expected}`, async () => {
      const { code, stderr } = await runContainer(variant, argv);
      assert.equal(code, expected, stderr);
      assert.ok(stderr.includes(message), stderr);
    });
  }

  test("arguments in a file that are too long", async () => {
    const settings = { run: ["true", "x".repeat(1 << 17)] };
    const { code, stderr } = await runContainer(variant, [], { settings });
    assert.equal(code, 126);
    assert.match(stderr, /cannot run "true": its arguments and its environment are too long \(E2BIG\)/);
  });
});

forEachVariant("a limit on processes", { skip: withoutRoot }, (variant) => {
  test("is named if it keeps the app from starting, and PID 1 exits cleanly", async () => {
    const limit = await threadsOf(variant);
    const { code, stderr } = await runContainer(variant, ["sleep", "1000"], limited(limit));
    assert.equal(code, 126, stderr);
    assert.match(
      stderr,
      /cannot run "sleep": the limit of processes is reached \(EAGAIN\)\. Raise the container's limit/,
    );
  });

  test("does not stop seaworthy once the app has reached it: it looks up names, and can be stopped", async () => {
    const limit = (await threadsOf(variant)) + 1;
    const dependencies = {
      named: { kind: "tcp", address: "localhost:1" },
      file: { kind: "file", path: "/etc/hostname", requires: ">=1" },
      tool: { kind: "command", command: ["echo", "1"], requires: ">=1" },
    };
    const settings = { dependencies, stop: { graceSeconds: 600 } };
    const command = ["sh", "-c", "trap 'exit 0' TERM; echo full; while :; do read -r line </dev/zero; done"];
    using container = startContainer(variant, command, { settings, ...limited(limit) });
    await container.untilLine("full");
    await container.until("a look at each", () =>
      ["named", "file", "tool"].every((name) =>
        new RegExp(`${name}\\b.*(unreachable|unreadable)`).test(container.stderr()),
      ),
    );
    assert.equal((await container.get("/livez")).status, 200);
  });

  test("is reached by this app (control)", async () => {
    const { code, stderr } = await runContainer(withoutSeaworthy(variant), ["sh", "-c", "true & wait"], limited(1));
    assert.notEqual(code, 0);
    assert.match(stderr, /fork/);
  });
});

/** The number of seaworthy's threads. Each counts as a process. */
async function threadsOf(variant: Variant): Promise<number> {
  using container = startContainer(variant, ["sleep", "1000"]);
  await container.get("/livez");
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync(`/proc/${await container.pid()}/status`, "utf8"))?.[1]);
}

/** A new user id for each run, above those of this machine: the limit counts all processes of a user. */
let nextUser = 200_000 + process.pid;

/** Runs as another user: the limit does not apply to root. */
function limited(processes: number) {
  const user = nextUser++;
  return { before: `set -- setpriv --reuid=${user} --regid=${user} --clear-groups prlimit --nproc=${processes} "$@"` };
}
