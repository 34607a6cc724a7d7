import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { startContainer, type Container, type ContainerOptions } from "../../harness/container.ts";
import { withoutRoot } from "../../harness/program.ts";
import { forEachVariant, type Variant } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

/** Prints "ready", and exits with 7 on TERM. */
const app = [
  "sh",
  "-c",
  "trap 'echo told; exit 7' TERM; trap 'echo still there' USR1; echo ready; while :; do sleep 0.01; done",
];
/** Makes seaworthy load a database driver. No server listens there. */
const dependencies = { database: { kind: "release", url: "postgres://nobody@127.0.0.1:1/none", requires: ">=1" } };
const skip = withoutRoot;

forEachVariant("hygiene", {}, (variant) => {
  test("it runs as any user", { skip }, async () => {
    const before = 'set -- setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs "$@"';
    await live(variant, { before }, async (container) => {
      const status = readFileSync(`/proc/${await container.pid()}/status`, "latin1");
      assert.match(status, /^Uid:\s*10001\s+10001\s+10001\s+10001$/m);
    });
  });

  test("it runs without a writable directory or /tmp", { skip }, async () => {
    const folders = "/ /tmp /run /var/tmp /dev/shm /opt /root";
    const before = [
      "mount --bind / /",
      "for folder in /tmp /run /dev/shm /root; do mount -t tmpfs -o ro tmpfs $folder; done",
      "mount -o remount,bind,ro /opt",
      "mount -o remount,bind,ro /",
      `for folder in ${folders}; do if touch $folder/x 2>/dev/null; then echo $folder can be written; exit 1; fi; done`,
    ];
    await live(variant, { before: before.join("\n"), environment: { HOME: "/nowhere", TMPDIR: "/nowhere" } });
  });

  test("it runs without /proc", { skip }, async () => {
    await live(variant, { before: "umount -l /proc" });
  });

  test("it runs with a limit of 64 open files, and keeps running when probes use all of them", async () => {
    await live(variant, { before: "ulimit -n 64", settings: { dependencies } }, async (container) => {
      assert.equal((await container.get("/livez")).status, 200);
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(container.stderr())?.[1]);
      const probes = Array.from({ length: 100 }, () => connect({ host: "127.0.0.1", port }));
      // seaworthy refuses the probes beyond the limit.
      for (const probe of probes) probe.on("error", () => probe.destroy());
      await Promise.all(probes.map((probe) => once(probe, "connect").catch(() => {})));
      // Signals need no descriptors.
      await container.send("SIGUSR1");
      await container.untilLine("still there");
      for (const probe of probes) probe.destroy();
      await waitFor("health", async () => (await container.get("/livez").catch(() => undefined))?.status === 200);
    });
  });

  test("it runs with an empty environment, and so does the app", async () => {
    const before = 'set -- env -i "$@"';
    using container = startContainer(variant, ["env"], { before, settings: { health: false } });
    assert.deepEqual(await container.ended, { code: 0, signal: null });
    assert.equal(container.stdout(), "");
  });

  test("it runs in a deleted working directory", async () => {
    const before = "cd $(mktemp -d); rmdir $PWD";
    await live(variant, { before, workingDirectory: "/dev/shm" });
  });
});

/** Starts it, stops it, and expects the app's own exit code. */
async function live(
  variant: Variant,
  options: ContainerOptions,
  meanwhile: (container: Container) => Promise<void> = async () => {},
): Promise<void> {
  using container = startContainer(variant, app, options);
  await container.untilLine("ready");
  await meanwhile(container);
  await container.send("SIGTERM");
  assert.deepEqual(await container.ended, { code: 7, signal: null }, container.stderr());
  assert.deepEqual([container.lines()[0], container.lines().at(-1)], ["ready", "told"]);
}
