import assert from "node:assert/strict";
import { test } from "node:test";
import { runContainer } from "../../harness/container.ts";
import { createDatabase } from "../../harness/database.ts";
import { withoutRoot } from "../../harness/program.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";

/** The directory of a process, with or without a path that leads to it. */
const show = ["sh", "-c", "stat -Lc %i /proc/self/cwd; readlink /proc/self/cwd"];

/** Each case begins in /mnt/app. */
const fresh = "mount -t tmpfs tmpfs /mnt\nmkdir -m 777 /mnt/app\ncd /mnt/app";
const asUser = 'set -- setpriv --reuid 10001 --regid 10001 --clear-groups "$@"';

const unreachable = [
  ["was removed", `${fresh}\nrmdir /mnt/app`, /the working directory was removed\. The app starts in it/],
  ["was replaced", `${fresh}\nrmdir /mnt/app\nmkdir /mnt/app`, /the working directory was removed\./],
  [
    "is hidden by a mount",
    `${fresh}\nmount -t tmpfs tmpfs /mnt/app`,
    /the working directory \/mnt\/app is hidden by a later mount\./,
  ],
  [
    "may not be entered",
    `${fresh}\nchmod 600 /mnt/app\n${asUser}`,
    /the working directory \/mnt\/app cannot be entered: permission denied\./,
  ],
  [
    "is below one that may not be entered",
    `${fresh}\nchmod 700 /mnt\n${asUser}`,
    /the working directory \/mnt\/app cannot be entered: permission denied\./,
  ],
] as const;

forEachVariant("a working directory that no path leads to", { skip: withoutRoot }, (variant) => {
  for (const [title, before, warning] of unreachable) {
    test(`that ${title} is also the app's, as without seaworthy`, async () => {
      // A private mount or folder has another inode number in each namespace, so the test compares the name.
      const bare = await runContainer(withoutSeaworthy(variant), show, { before });
      const [, expected] = bare.stdout.split("\n");
      assert.match(expected ?? "", /^\/mnt\/app( \(deleted\))?$/);
      for (const argv of [show, ["--exec", ...show]]) {
        const { code, stdout, stderr } = await runContainer(variant, argv, { before });
        assert.equal(code, 0, stderr);
        assert.equal(stdout.split("\n")[1], expected);
        assert.match(stderr, warning);
      }
    });
  }

  test("is used for every start of a process, and for a readiness command", async () => {
    const name = 'test "$(readlink /proc/self/cwd)" = "/mnt/app (deleted)"';
    const processes = {
      // Exits 1 until its third run.
      again: {
        command: ["sh", "-c", `${name} || exit 0; echo run >>/mnt/runs; test $(wc -l </mnt/runs) -ge 3`],
        restart: "on-failure",
        after: ["ready"],
      },
      ready: { command: ["sleep", "1000"], critical: false, ready: { command: ["sh", "-c", name] } },
    };
    const before = `${fresh}\nrmdir /mnt/app`;
    const { code, stderr } = await runContainer(variant, [], { before, settings: { processes } });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /again ended with 1: starting it again[^]*again ended with 1/);
  });

  test("does not break other modes, and causes no internal error", async () => {
    for (const [title, before, warning] of unreachable) {
      const status = await runContainer(variant, ["--status"], { before, settings: {} });
      assert.equal(status.code, 0, `${title}: ${status.stderr}`);
      assert.match(status.stdout, /no dependencies are configured/);
      assert.match(status.stderr, warning);
      const version = await runContainer(variant, ["--version"], { before });
      assert.deepEqual([version.code, version.stderr], [0, ""], title);
    }
  });

  test("a configured folder of a process is refused if it is missing or cannot be entered", async () => {
    for (const [workdir, before, message] of [
      [
        "sub",
        `${fresh}\nrmdir /mnt/app`,
        /the working directory \S+\/sub does not exist\. Create it, or change workdir/,
      ],
      ["/mnt/none", fresh, /the working directory \/mnt\/none does not exist\. Create it, or change workdir/],
      ["/mnt/closed", `${fresh}\nmkdir -m 600 /mnt/closed\n${asUser}`, /permission denied/],
    ] as const) {
      const settings = { processes: { app: { command: ["echo", "started"], workdir } } };
      const { code, stdout, stderr } = await runContainer(variant, [], { before, settings });
      assert.deepEqual({ code, stdout }, { code: 126, stdout: "" }, stderr);
      assert.match(stderr, message);
    }
  });

  test("is also a hook's and upgrade.migrate's, unless it may not be entered: then the upgrade fails and says so", async () => {
    for (const [title, before] of unreachable)
      for (const upgrade of [{ before: [{ command: show }] }, { migrate: show }]) {
        const database = await createDatabase();
        try {
          const settings = {
            app: { name: "shop", version: "1.0.0" },
            dependencies: { shop: { kind: "release", url: database.url } },
            upgrade,
          };
          const { code, stderr } = await runContainer(variant, ["--upgrade"], { before, settings });
          if (before.includes(asUser)) {
            assert.equal(code, 1, `${title}: ${stderr}`);
            assert.match(stderr, /cannot be run: EACCES/, title);
            assert.doesNotMatch(stderr, /internal error|upgraded shop/, title);
          } else {
            assert.equal(code, 0, `${title}: ${stderr}`);
            assert.match(stderr, /\[sh\] \/mnt\/app/, title);
          }
        } finally {
          await database.drop();
        }
      }
  });

  test("a normal one is the app's, without a warning (control)", async () => {
    const { code, stdout, stderr } = await runContainer(variant, ["pwd"], {
      before: fresh,
    });
    assert.equal(code, 0);
    assert.match(stdout, /^\/mnt\/app\n/);
    assert.doesNotMatch(stderr, /warning/);
  });
});
