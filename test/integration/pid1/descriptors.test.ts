import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { startContainer } from "../../harness/container.ts";
import { givenApp, parseGiven, readGiven, type Given } from "../../harness/given.ts";
import { freePort } from "../../harness/postgres.ts";
import { python, withoutPython } from "../../harness/python.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";

const holding = (kinds: string) => `set -- ${python("holding.py", kinds).join(" ")} "$@"`;
const kinds = [
  "low",
  "jobserver",
  "sockets",
  "high",
  "low,high,directory",
  "jobserver,sockets,high",
  "sockets,jobserver",
];

forEachVariant("descriptors from 3 up", { skip: withoutPython }, (variant) => {
  for (const kind of kinds) {
    test(`the app inherits those of seaworthy's parent, and none that seaworthy opened: ${kind}`, async () => {
      const before = holding(kind);
      const control = await readGiven(withoutSeaworthy(variant), givenApp(), { before });
      assert.ok(Object.keys(control.descriptors).length > 0);
      for (const argv of [givenApp(), ["--exec", ...givenApp()]])
        assert.deepEqual(kindsOf(await readGiven(variant, argv, { before })), kindsOf(control));
    });
  }

  test("each of several processes inherits them, also late and after a restart", async () => {
    const before = holding("low,high");
    const listen = `127.0.0.1:${await freePort()}`;
    const settings = {
      processes: {
        first: { command: ["sleep", "1000"], ready: { http: `http://${listen}/livez` } },
        second: { command: ["sh", "-c", `${givenApp().join(" ")}; exit 1`], after: ["first"], restart: "on-failure" },
      },
      health: { listen },
    };
    const control = await readGiven(withoutSeaworthy(variant), givenApp(), { before });
    using container = startContainer(variant, [], { settings, before });
    await container.until("a restart", () => container.lines().length >= 2);
    for (const line of container.lines()) assert.deepEqual(kindsOf(parseGiven(line)), kindsOf(control));
  });

  test("the app inherits them together with odd bytes and ignored signals", async () => {
    const before = `trap '' HUP\n${holding("low,jobserver,high")}\nset -- "$@" "$(printf '\\377')"`;
    const control = await readGiven(withoutSeaworthy(variant), givenApp(), { before });
    for (const argv of [givenApp(), ["--exec", ...givenApp()]]) {
      const ours = await readGiven(variant, argv, { before });
      assert.deepEqual(kindsOf(ours), kindsOf(control));
      assert.deepEqual([ours.ignored, ours.arguments.at(-1)], [control.ignored, "ff"]);
    }
  });

  for (const mode of ["run", "--exec", "processes:"]) {
    test(`the app gets a socket from socket activation (${mode})`, async () => {
      const port = await freePort();
      const app = python("activated.py");
      const argv = mode === "run" ? app : mode === "--exec" ? [mode, ...app] : [];
      const settings = mode === "processes:" ? { processes: { web: { command: app } } } : {};
      using container = startContainer(variant, argv, { settings, before: holding(`listen:${port}`) });
      // The app does not get LISTEN_PIDFDID: it is valid only for the original process.
      await container.untilLine(`activated 1 web ${mode === "--exec" ? "7" : "None"}`);
      assert.equal(await text(connect({ host: "127.0.0.1", port })), "True");
      assert.deepEqual(await container.ended, { code: 5, signal: null });
    });
  }

  test("LISTEN_PID of another process is left alone", async () => {
    const before = `export LISTEN_PID=999999\n${holding(`listen:${await freePort()}`)}`;
    const { listenPid, pid, descriptors } = await readGiven(variant, givenApp(), { before });
    assert.equal(listenPid, "999999");
    assert.notEqual(listenPid, String(pid));
    assert.match(descriptors["3"] ?? "", /^socket:/);
  });

  test("without the rewrite LISTEN_PID is seaworthy's pid, not the app's (control)", async () => {
    using container = startContainer(
      withoutSeaworthy(variant),
      ["sh", "-c", '"$@"; exit $?', "sh", ...python("activated.py")],
      {
        before: holding(`listen:${await freePort()}`),
      },
    );
    assert.equal((await container.ended).code, 1);
    assert.match(container.stderr(), /LISTEN_PID is \d+, and we are \d+/);
  });
});

/** The target of each descriptor, without the numbers that vary between runs. */
function kindsOf({ descriptors }: Given): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(descriptors).map(([number, target]) => [number, target.replace(/\[\d+\]/, "[]")]),
  );
}
