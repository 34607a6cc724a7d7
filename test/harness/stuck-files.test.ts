import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { pidOf, treeOf } from "./proc.ts";
import { watchForStuckFiles } from "./stuck-files.ts";
import { waitFor } from "./wait.ts";

test("a stuck test file is reported and killed, with all its processes", async () => {
  const stuck = spawn("sh", ["-c", "sleep 1000 & wait", "sh", "stuck.test.ts"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const other = spawn("sleep", ["1000"]);
  stuck.stdout.resume();
  await waitFor("the member", () => treeOf(pidOf(stuck)).some(({ name }) => name === "sleep"));
  const reports: string[] = [];
  const stop = watchForStuckFiles({ limitMs: 50, everyMs: 10, say: (text) => void reports.push(text) });
  // The sleep also holds our pipe, which closes once both have ended.
  assert.deepEqual(await once(stuck, "close"), [null, "SIGKILL"]);
  stop();
  assert.match(
    reports.join("\n"),
    /^stuck\.test\.ts did not end within 0\.05 s\. It was killed with its processes:[^]*sleep 1000/,
  );
  assert.equal(other.exitCode ?? other.signalCode, null);
  other.kill();
});
