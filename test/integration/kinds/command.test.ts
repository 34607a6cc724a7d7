import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { startWatched } from "../../harness/health.ts";
import { assertLooks } from "../../harness/look.ts";
import { readProcess, treeOf } from "../../harness/proc.ts";
import { withoutRoot } from "../../harness/program.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";

const run = (command: readonly string[], more: object = {}) => ({
  kind: "command",
  command,
  requires: ">=2.1",
  ...more,
});
const sh = (script: string, more: object = {}) => run(["sh", "-c", script], more);

test("the output is or contains the version; no shell parses the arguments", async () => {
  await assertLooks(
    {
      plain: { settings: run(["echo", "2.3.0"]), expected: { verdict: "compatible", found: "2.3.0" } },
      behind: { settings: run(["echo", "2.0"]), expected: { verdict: "behind", reason: /Upgrade it first/ } },
      "no-shell": { settings: run(["echo", "$HOME;2.3"]), expected: { verdict: "unreadable", reason: /\$HOME;2\.3/ } },
      pattern: {
        settings: run(["printf", "tool\\nversion %s\\n", "3.1"], { pattern: "^version (.*)$" }),
        expected: { verdict: "compatible", found: "3.1" },
      },
      pointer: {
        settings: run(["echo", '{"v": 20240102030405060708}'], { pointer: "/v", requires: ">=20240102030405060708" }),
        expected: { verdict: "compatible" },
      },
      environment: { settings: sh('echo "$SHOP_VERSION"'), expected: { verdict: "compatible", found: "2.9" } },
      "no-secrets": {
        settings: sh('echo "9$${UPGRADE_DATABASE_URL:+.1}"', { requires: "=9.0.0" }),
        expected: { verdict: "compatible" },
      },
      folder: { settings: sh("pwd", { pattern: "(2.2)" }), expected: { verdict: "unreadable" } },
      stderr: { settings: sh("echo 2.3.0 >&2"), expected: { verdict: "unreadable" } },
    },
    { environment: { SHOP_VERSION: "2.9", UPGRADE_DATABASE_URL: "postgres://a:secret-word@127.0.0.1/b" } },
  );
});

test("a program that fails, is missing, is slow, or never stops writing", async () => {
  await assertLooks({
    fails: { settings: sh("echo 2.3.0; exit 3"), expected: { verdict: "unreachable", reason: /exited with 3/ } },
    killed: { settings: sh("kill -9 $$"), expected: { verdict: "unreachable", reason: /was ended by SIGKILL/ } },
    missing: { settings: run(["no-such-program"]), expected: { verdict: "unreachable", reason: /cannot be run/ } },
    folder: { settings: run(["/"]), expected: { verdict: "unreachable", reason: /cannot be run/ } },
    slow: {
      settings: run(["sleep", "1000"], { timeoutMs: 200 }),
      expected: { verdict: "unreachable", reason: /did not end in time/ },
    },
    stubborn: {
      settings: sh("trap '' TERM; sleep 1000; sleep 1000", { timeoutMs: 200 }),
      expected: { verdict: "unreachable", reason: /did not end in time/ },
    },
    talks: {
      settings: run(["yes", "2.3.0"], { timeoutMs: 300 }),
      expected: { verdict: "unreachable", reason: /did not end in time/ },
    },
    long: {
      settings: sh("echo version 2.3.0; head -c 300000 /dev/zero", { pattern: "^version (.*)$" }),
      expected: { verdict: "compatible" },
    },
  });
});

test("a program's children end with it, and do not delay its answer", async () => {
  const pids = scratchPath("pids");
  // The grandchild would keep the pipe open for ever.
  const leaves = sh(`sleep 1000 & echo $! >> ${pids}; echo 2.3.0`, { timeoutMs: 2000 });
  const slow = sh(`sleep 1000 & echo $! >> ${pids}; sleep 1000`, { timeoutMs: 200 });
  await assertLooks({
    leaves: { settings: leaves, expected: { verdict: "compatible", found: "2.3.0" } },
    slow: { settings: slow, expected: { verdict: "unreachable" } },
  });
  const left = readFileSync(pids, "utf8").trim().split("\n").map(Number);
  assert.equal(left.length, 2);
  for (const pid of left) await waitFor(`the end of ${pid}`, () => (readProcess(pid)?.state ?? "Z") === "Z");
});

test("as PID 1, a look does not interfere with reaping and leaves no zombie", { skip: withoutRoot }, async () => {
  const settings = {
    app: { name: "shop" },
    dependencies: { tool: sh("(sleep 1000 &) ; true & echo 2.3.0", { intervalMs: 100 }) },
  };
  using app = startWatched({ settings, asPid1: true });
  const first = await app.untilVerdict("tool", "compatible");
  await waitFor("twenty more looks", async () => {
    const { verdict, time } = await app.check("tool");
    assert.equal(verdict, "compatible");
    return Date.parse(time ?? "") - Date.parse(first.time ?? "") > 2000;
  });
  const pid = await app.pid();
  const names = () => treeOf(pid).filter((entry) => entry.pid !== pid && entry.state === "Z");
  await waitFor("no zombie", () => names().length === 0);
  await waitFor(
    "nothing but the app",
    () => treeOf(pid).filter(({ commandLine }) => commandLine.includes("1000")).length === 0,
  );
});
