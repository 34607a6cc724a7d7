import assert from "node:assert/strict";
import { test } from "node:test";
import { runContainer, startContainer } from "../../harness/container.ts";
import { treeOf } from "../../harness/proc.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

const skipping = { skip: withoutPython };
const readSignals = ["sh", "-c", "exec cat /proc/self/status"];

forEachVariant("--exec", {}, (variant) => {
  test("becomes the command: the same pid, and seaworthy is gone", async () => {
    using container = startContainer(variant, ["--exec", "sleep", "1000"]);
    const pid = await container.pid();
    await waitFor("the command", () => treeOf(pid).some(({ name }) => name === "sleep"));
    assert.deepEqual(
      treeOf(pid).map((entry) => [entry.pid, entry.commandLine]),
      [[pid, ["sleep", "1000"]]],
    );
    process.kill(pid, "SIGKILL");
  });

  test("exits with the command's code, or with 127 or 126 if it cannot run", async () => {
    const own = await runContainer(variant, ["--exec", "sh", "-c", "echo $$; exit 9"]);
    assert.equal(own.code, 9);
    assert.equal(own.stderr, "");
    if (variant.asPid1) assert.equal(own.stdout, "1\n");
    const missing = await runContainer(variant, ["--exec", "no-such-command"]);
    assert.equal(missing.code, 127);
    assert.match(missing.stderr, /cannot run "no-such-command": it is not in PATH/);
    assert.equal((await runContainer(variant, ["--exec", "/etc"])).code, 126);
  });

  test("the command has the same handled, ignored and blocked signals as without seaworthy", async () => {
    const ours = await runContainer(variant, ["--exec", ...readSignals]);
    const control = await runContainer(withoutSeaworthy(variant), readSignals);
    assert.deepEqual(signalsOf(ours.stdout), signalsOf(control.stdout));
    assert.deepEqual(Object.keys(signalsOf(control.stdout)), ["SigBlk", "SigIgn", "SigCgt"]);
  });

  // Node changes these at its start and does not expose the old values, so seaworthy cannot restore them.
  test(
    "the command inherits ignored signals, but not blocked ones or the soft limit of open files",
    skipping,
    async () => {
      const before = `ulimit -Sn 128; ulimit -Hn 256; set -- ${python("blocked.py").join(" ")} "$@"`;
      const command = ["sh", "-c", "ulimit -Sn; exec grep -E 'Sig(Blk|Ign)' /proc/self/status"];
      const ours = await runContainer(variant, ["--exec", ...command], { before });
      assert.equal(ours.stdout, "256\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\n");
      const control = await runContainer(withoutSeaworthy(variant), command, { before });
      assert.equal(control.stdout, "128\nSigBlk:\t0000000008000800\nSigIgn:\t0000000000000001\n");
    },
  );

  test("none of seaworthy's descriptors is open in it", async () => {
    const { stdout } = await runContainer(variant, ["--exec", "sh", "-c", "cd /proc/self/fd; echo *"]);
    const control = await runContainer(withoutSeaworthy(variant), ["sh", "-c", "cd /proc/self/fd; echo *"]);
    assert.equal(stdout, control.stdout);
  });

  test("it runs the configured command, without seaworthy's variables", async () => {
    const settings = { run: ["sh", "-c", "env | grep -c SEAWORTHY_"], log: { level: "error" } };
    const { code, stdout } = await runContainer(variant, ["--exec"], {
      settings,
      environment: { SEAWORTHY_LOG_LEVEL: "error", UPGRADE_DATABASE_URL: "postgres://owner:secret@db/shop" },
    });
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "0\n" });
  });
});

function signalsOf(status: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...status.matchAll(/^(Sig(?:Blk|Ign|Cgt)):\s*(\w+)$/gm)].map(([, name = "", mask = ""]) => [name, mask]),
  );
}
