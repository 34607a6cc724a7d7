import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { pidOf, processesWith } from "../harness/proc.ts";
import { withoutRoot } from "../harness/program.ts";
import { scratchPath } from "../harness/scratch.ts";
import { lacking } from "../harness/services.ts";
import { waitFor } from "../harness/wait.ts";

const folder = join(import.meta.dirname, "../../.ci");
const skip = withoutRoot || lacking("/usr/bin/tini");

/** As .ci/tests: it mounts, leaves a process behind, and cleans up when it is told to stop. */
const command = `
  trap 'touch "$0"; exit 143' TERM
  mount -t tmpfs apart /mnt
  setsid sleep 1000 &
  echo ready
  while :; do sleep 1000 & wait $!; done`;

interface Started {
  readonly child: ChildProcess;
  readonly cleaned: string;
  readonly untilNothingIsLeft: () => Promise<void>;
}

async function start(script = command): Promise<Started> {
  const cleaned = scratchPath("cleaned");
  const mark = randomUUID();
  const outer = `set -euo pipefail; . "${folder}/apart"; run_apart tini -- bash -c "$1" "$2"; echo on`;
  const child = spawn("bash", ["-c", outer, "bash", script, cleaned], {
    env: { ...process.env, TEST_APART: mark },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  if (script === command) await waitFor("the command", () => stdout.includes("ready"));
  return {
    child,
    cleaned,
    async untilNothingIsLeft() {
      await waitFor("the end of all", () => processesWith(`TEST_APART=${mark}`).length === 0);
      assert.doesNotMatch(readFileSync("/proc/self/mountinfo", "utf8"), / apart /);
    },
  };
}

suite("a command in namespaces of its own", { skip }, () => {
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    for (const whom of ["the script alone", "its whole group"]) {
      test(`${signal} to ${whom}: the command cleans up, and nothing is left`, async () => {
        const { child, cleaned, untilNothingIsLeft } = await start();
        const pid = pidOf(child);
        process.kill(whom === "the script alone" ? pid : -pid, signal);
        const [code] = (await once(child, "exit")) as [number];
        assert.equal(code, 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal]);
        assert.equal(existsSync(cleaned), true);
        await untilNothingIsLeft();
      });
    }
  }

  test("SIGKILL to the script: nothing is left", async () => {
    const { child, cleaned, untilNothingIsLeft } = await start();
    child.kill("SIGKILL");
    await untilNothingIsLeft();
    assert.equal(existsSync(cleaned), false);
  });

  test("a command that fails: its code, and nothing is left", async () => {
    const { child, untilNothingIsLeft } = await start("setsid sleep 1000 & exit 7");
    assert.deepEqual(await once(child, "exit"), [7, null]);
    await untilNothingIsLeft();
  });

  test("signals that whoever started it ignores are not ignored in there", async () => {
    const outer = `trap '' INT QUIT PIPE USR1; . "${folder}/apart"; run_apart grep SigIgn /proc/self/status`;
    const child = spawn("bash", ["-c", outer], { stdio: ["ignore", "pipe", "inherit"] });
    const text = (await child.stdout.toArray()).join("");
    assert.match(text, /^SigIgn:\s+0+$/m);
  });
});
