import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, createReadStream, mkdirSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { runContainer, startContainer } from "../../harness/container.ts";
import { childrenOf } from "../../harness/proc.ts";
import { withoutRoot } from "../../harness/program.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { startTerminal } from "../../harness/terminal.ts";
import { forEachVariant, withoutSeaworthy, type Variant } from "../../harness/variants.ts";

const passwd = `root:x:0:0:root:/root:/bin/bash
app:x:1500:1500:The app:/home/app:/usr/sbin/nologin
high:x:4294967294:4294967293::/high:
homeless:x:1700:1700:::
broken:x::1500::/home/broken:
`;
const group = `root:x:0:
app:x:1500:
web:x:1600:other,app
high:x:3000000000:app,high
near:x:1601:apple,xapp
`;

/** Shell lines that prepare /etc inside the container. */
function accounts(): string {
  const files = { passwd, group };
  const mounts = Object.entries(files).map(([name, content]) => {
    const path = scratchPath(name);
    writeFileSync(path, content);
    return `mount --bind ${path} /etc/${name}`;
  });
  return mounts.join("\n");
}

const ids = ["grep", "-E", "^(Uid|Gid|Groups|Cap(Prm|Eff|Amb)):", "/proc/self/status"];
const names = ["sh", "-c", 'echo "$HOME $${USER:-none} $${LOGNAME:-none}"'];

/** The output of a process that runs as this user. */
async function run(variant: Variant, process: object, before = accounts()): Promise<string> {
  const environment = { HOME: "/root", USER: "root", LOGNAME: "root" };
  const { code, stdout, stderr } = await runContainer(variant, [], {
    settings: { processes: { app: process } },
    environment,
    before,
  });
  assert.equal(code, 0, stderr);
  return stdout;
}

forEachVariant("user", { skip: withoutRoot }, (variant) => {
  for (const [title, user, flags] of [
    ["a name", "app", ["--reuid=app", "--regid=app", "--init-groups"]],
    ["a number with a name", 1500, ["--reuid=1500", "--regid=1500", "--init-groups"]],
    ["a number without a name", "1234", ["--reuid=1234", "--regid=1234", "--groups=1234"]],
  ] as const) {
    test(`${title}: the same ids, groups and capabilities as with setpriv`, async () => {
      const expected = await runContainer(withoutSeaworthy(variant), ["setpriv", ...flags, ...ids], {
        before: accounts(),
      });
      assert.equal(await run(variant, { user, command: ids }), expected.stdout);
    });
  }

  for (const [asked, uid, gid, groups] of [
    [{ user: "app", group: "web" }, 1500, 1600, "1600 3000000000"],
    [{ user: "app:near" }, 1500, 1601, "1600 1601 3000000000"],
    [{ user: "1500:7" }, 1500, 7, "7 1600 3000000000"],
    [{ user: "app:" }, 1500, 1500, "1500 1600 3000000000"],
    [{ group: 1600 }, 0, 1600, "1600"],
  ] as const) {
    test(`${JSON.stringify(asked)}: that group instead of the user's own`, async () => {
      const said = await run(variant, { ...asked, command: ids });
      const [uids, gids] = [uid, gid].map((id) => Array(4).fill(id).join("\t"));
      assert.ok(said.startsWith(`Uid:\t${uids}\nGid:\t${gids}\nGroups:\t${groups} \n`), said);
    });
  }

  test("without it, the app has seaworthy's ids (control)", async () => {
    assert.match(await run(variant, { command: ids }), /^Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n/);
  });

  test("the highest possible ids", async () => {
    const said = await run(variant, { user: "high", command: ids });
    const [uid, gid] = [4_294_967_294, 4_294_967_293].map((id) => Array(4).fill(id).join("\t"));
    assert.ok(said.startsWith(`Uid:\t${uid}\nGid:\t${gid}\nGroups:\t3000000000 4294967293`), said);
    const bare = await run(variant, { user: 4_294_967_294, group: "4294967294", command: ids }, ":");
    assert.ok(bare.startsWith(`Uid:\t${uid}\nGid:\t${uid}\n`), bare);
  });

  test("another user gets none of seaworthy's capabilities", async () => {
    const before = `${accounts()}\nset -- setpriv --inh-caps=+net_bind_service --ambient-caps=+net_bind_service "$@"`;
    const none = "0".repeat(16);
    const said = await run(variant, { user: "app", command: ids }, before);
    assert.ok(said.endsWith(`CapPrm:\t${none}\nCapEff:\t${none}\nCapAmb:\t${none}\n`), said);
    const ours = await run(variant, { command: ids }, before);
    assert.ok(!ours.includes(`CapAmb:\t${none}`), "control");
  });

  for (const [title, settings, expected] of [
    ["are the user's", { user: "app" }, "/home/app app app"],
    ["are the user's, by its number too", { user: "1500" }, "/home/app app app"],
    ["are a root folder and nothing for who has no entry", { user: "1234" }, "/ none none"],
    ["are a root folder where the entry names none", { user: "homeless" }, "/ homeless homeless"],
    ["are what environment says", { user: "app", environment: { HOME: "/data", USER: "me" } }, "/data me app"],
    ["stay with a group alone", { group: "web" }, "/root root root"],
    ["stay without either (control)", {}, "/root root root"],
  ] as const) {
    test(`HOME, USER and LOGNAME ${title}`, async () => {
      assert.equal(await run(variant, { ...settings, command: names }), `${expected}\n`);
    });
  }

  for (const [title, settings, message] of [
    ["a user", { user: "nope" }, 'processes.app.user: there is no user "nope" in /etc/passwd'],
    ["a group", { group: "nope" }, 'processes.app.group: there is no group "nope" in /etc/group'],
    ["a group after a colon", { user: "app:nope" }, 'processes.app.group: there is no group "nope" in /etc/group'],
    ["a number", { user: "4294967295" }, "processes.app.user: expected a name, or a number from 0 to 4294967294"],
    ["a plain number", { group: 4_294_967_295 }, "processes.app.group: expected a name, or a number from 0 to"],
    ["a negative one", { user: -1 }, "processes.app.user: expected a name, or a number from 0 to 4294967294"],
    ["a negative one in quotes", { user: "-1" }, 'processes.app.user: there is no user "-1" in /etc/passwd'],
    ["no name", { user: ":web" }, "processes.app.user: expected a name, or a number from 0 to 4294967294"],
    ["three parts", { user: "app:web:x" }, "processes.app.user: expected a name, or a number"],
    [
      "two groups",
      { user: "app:web", group: "web" },
      "processes.app.group: processes.app.user already contains the group",
    ],
    ["an entry without a number", { user: "broken" }, "the entry of broken in /etc/passwd: expected a number from 0"],
  ] as const) {
    test(`${title} that is not valid is refused, and no process starts`, async () => {
      const processes = { other: { command: ["echo", "started"] }, app: { command: ids, ...settings } };
      const options = { settings: { processes }, before: accounts() };
      const { code, stdout, stderr } = await runContainer(variant, [], options);
      assert.deepEqual([code, stdout], [78, ""]);
      assert.ok(stderr.includes(message), stderr);
    });
  }

  test("in an image without /etc/passwd, numbers work, and names are refused", async () => {
    const before = "mount -t tmpfs tmpfs /etc";
    assert.equal(await run(variant, { user: "1234:99", command: names }, before), "/ none none\n");
    const settings = { processes: { app: { user: "app", command: names } } };
    const { code, stderr } = await runContainer(variant, [], { settings, before });
    assert.equal(code, 78);
    assert.match(stderr, /there is no user "app" in \/etc\/passwd\. Create it in the image, or use a number/);
  });

  test("without the right to change the user: refused, unless seaworthy already runs as that user", async () => {
    const before = `set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"`;
    const settings = { processes: { app: { user: "root", command: names } } };
    const { code, stderr } = await runContainer(variant, [], { settings, before });
    assert.equal(code, 126);
    assert.match(
      stderr,
      /cannot run as user 0 and group 0: not permitted\. It needs root, or CAP_SETUID and CAP_SETGID/,
    );
    assert.match(await run(variant, { user: "nobody", command: names }, before), /^\/\S* nobody nobody\n$/);
  });

  test("a user that is missing in the container's user namespace is named", async () => {
    const before = `${accounts()}\nset -- unshare --user --map-root-user "$@"`;
    const settings = { processes: { app: { user: "app", command: names } } };
    const { code, stderr } = await runContainer(variant, [], { settings, before });
    assert.equal(code, 126);
    assert.match(stderr, /group 1500 does not exist in this container's user namespace\. Map more ids/);
  });

  test("a command that the user may not run is reported before the next one starts", async () => {
    const folder = scratchPath("folder");
    mkdirSync(folder);
    copyFileSync("/bin/true", `${folder}/true`);
    chmodSync(folder, 0o700);
    const processes = {
      app: { user: "app", command: [`${folder}/true`] },
      late: { command: ["echo", "started"], after: ["app"] },
    };
    const { code, stdout, stderr } = await runContainer(variant, [], { settings: { processes }, before: accounts() });
    assert.deepEqual([code, stdout], [126, ""]);
    assert.match(stderr, /cannot run .*\/true": permission denied/);
  });

  test("readiness commands run as the same user; seaworthy and other processes keep theirs", async () => {
    const processes = {
      app: { user: "app", command: ["sleep", "1000"], ready: { command: ["sh", "-c", '[ "$(id -u)" = 1500 ]'] } },
      late: { command: ["sh", "-c", "grep -E '^(Uid|Groups):' /proc/self/status; exec sleep 1000"], after: ["app"] },
    };
    const before = `${accounts()}\nset -- setpriv --groups=42,43 "$@"`;
    using container = startContainer(variant, [], { settings: { processes }, before });
    await container.until("both run", () => container.lines().length === 2);
    assert.deepEqual(container.lines(), ["Uid:\t0\t0\t0\t0", "Groups:\t42 43 "]);
    const pid = await container.pid();
    const status = execFileSync("grep", ["-E", "^(Uid|Gid|Groups):", `/proc/${pid}/status`], { encoding: "utf8" });
    assert.equal(status, "Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t42 43 \n");
    assert.equal(childrenOf(pid).length, 2);
    await container.send("SIGTERM");
    await container.ended;
  });
});

forEachVariant("the output of a user", { skip: withoutRoot }, (variant) => {
  const write = ["sh", "-c", "echo out >/dev/stdout; echo err >/dev/stderr; echo $?"];

  test("goes to /dev/stdout and /dev/stderr, for several users", async () => {
    const processes = {
      one: { user: "app", command: write },
      two: { user: "1234", command: write, after: ["one"], critical: false },
      // The pipe belongs to this group, so the group's permissions count.
      three: { user: "1234:0", command: write, after: ["two"], critical: false },
    };
    const said = await throughPipe(variant, { processes, log: { level: "error" } });
    assert.deepEqual(said.split("\n").toSorted(), ["", "0", "0", "0", "err", "err", "err", "out", "out", "out"]);
  });

  test("cannot be opened without access for the user (control)", async () => {
    const said = await throughPipe(withoutSeaworthy(variant), undefined, ["setpriv", "--reuid=1500", ...write]);
    assert.match(said, /Permission denied/i);
  });

  test("a file that seaworthy owns gets no access for others", async () => {
    const file = scratchPath("file");
    writeFileSync(file, "", { mode: 0o600 });
    const before = `${accounts()}\nexec >${file}`;
    await run(variant, { user: "app", command: ["true"] }, before);
    assert.equal(execFileSync("stat", ["-c", "%a %u", file], { encoding: "utf8" }), "600 0\n");
  });

  test("works on a terminal, which can also be read", async () => {
    const command = ["sh", "-c", "echo given >/dev/stdout; exec 3<>/dev/stdin && echo both"];
    const settings = { processes: { app: { user: "app", command } } };
    using terminal = startTerminal(variant, [], { settings, before: `${accounts()}\n${sessionFor(variant)}` });
    await terminal.untilScreen("given");
    await terminal.untilScreen("both");
    assert.equal((await terminal.ended).code, 0);
  });
});

/** The same as docker does for `run -it`. */
const sessionFor = ({ asPid1 }: Variant) => (asPid1 ? 'set -- setsid --ctty "$@"' : ":");

/** Everything that is written to a pipe owned by root, as a container engine creates it. */
async function throughPipe(variant: Variant, settings: object | undefined, argv: readonly string[] = []) {
  const pipe = scratchPath("pipe");
  execFileSync("mkfifo", ["-m", "600", pipe]);
  const said = text(createReadStream(pipe, "utf8"));
  const before = `${accounts()}\nexec >${pipe} 2>&1`;
  await runContainer(variant, argv, { before, ...(settings && { settings }) });
  return said;
}
