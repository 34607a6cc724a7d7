import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { freePort } from "../../harness/postgres.ts";
import { childrenOf } from "../../harness/proc.ts";
import { withoutRoot } from "../../harness/program.ts";
import { withoutPython } from "../../harness/python.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";
import { assertWaiting, createGate, decisions, listens, startListening, untilReady } from "./listening.ts";

const program = { build: "program", asPid1: true } as const;
const skip = withoutRoot || withoutPython;
/** Docker's default: root without the right to look into other users' processes. */
const withoutPtrace = 'set -- setpriv --bounding-set=-sys_ptrace --inh-caps=-sys_ptrace "$@"';

test("each of several processes must listen, but not a worker or one that is not critical", { skip }, async () => {
  const [web, api] = [createGate(), createGate()];
  const processes = {
    web: { command: listens("tcp", web) },
    api: { command: listens("child", api), after: ["web"] },
    jobs: { command: ["sleep", "1000"], ready: false },
    extra: { command: ["sleep", "1000"], critical: false },
  };
  using watched = startListening(program, [], { settings: { processes } });
  // Without `ready`, it starts although web does not listen.
  await watched.untilLine("started", 2);
  await assertWaiting(watched, "web and api do not listen yet");
  web.open();
  await watched.untilLine("listening");
  await waitFor("web", async () => (await watched.check("app")).output?.endsWith(": api does not listen yet"));
  assert.equal((await watched.health()).status, 503);
  api.open();
  await untilReady(watched);
  assert.match(
    decisions(watched).join("\n"),
    /jobs counts as ready once it has started, because processes\.jobs\.ready is false/,
  );
  assert.match(
    decisions(watched).join("\n"),
    /web listens on \S+: it counts as ready, because processes\.web\.ready is not set/,
  );
});

test("app.ready: false is for all processes that say nothing", { skip }, async () => {
  const processes = { web: { command: listens("tcp", createGate()) }, api: { command: listens("tcp", createGate()) } };
  using watched = startListening(program, [], { settings: { app: { name: "shop", ready: false }, processes } });
  await untilReady(watched);
});

test("a process that is restarted must listen again", { skip }, async () => {
  const gate = createGate();
  const command = ["sh", "-c", `"$@"; rm ${gate.path}; exit 1`, "sh", ...listens("tcp", gate)];
  using watched = startListening(program, [], { settings: { processes: { web: { command, restart: "always" } } } });
  await watched.untilLine("started");
  await assertWaiting(watched, "web does not listen yet");
  gate.open();
  await untilReady(watched);
  const [shell] = childrenOf(await watched.pid());
  const [app] = childrenOf(shell?.pid ?? 0);
  process.kill(app?.pid ?? 0, "SIGKILL");
  await watched.untilLine("started", 2);
  await assertWaiting(watched, "web does not listen yet");
  gate.open();
  await untilReady(watched);
});

for (const [title, settings, argv, before] of [
  ["of another user (user:)", { user: "1500" }, [], withoutPtrace],
  [
    "that changes its user before its program starts, as gosu does",
    {},
    ["setpriv", "--reuid=1500", "--regid=1500", "--clear-groups"],
    withoutPtrace,
  ],
  ["of the same user, without root (--user)", {}, [], 'set -- setpriv --reuid=1500 --regid=1500 --clear-groups "$@"'],
] as const) {
  test(`an app ${title} is found by its descriptors`, { skip }, async () => {
    const gate = createGate();
    const processes = { web: { ...settings, command: [...argv, ...listens("tcp", gate)] } };
    using watched = startListening(program, [], { settings: { processes }, before });
    await watched.untilLine("started");
    await assertWaiting(watched, "web does not listen yet");
    gate.open();
    await untilReady(watched);
    assert.match(
      decisions(watched).join(),
      /web listens on 127\.0\.0\.1:\d+: it counts as ready, because \S+ is not set\.$/,
    );
  });
}

// An app that drops its user by itself is hidden even from its own user (PR_SET_DUMPABLE in prctl(2)).
test("an app that gives up root while it runs is found by a new listener of its user", { skip }, async () => {
  const gate = createGate();
  const processes = { web: { command: listens("dropped:1500", gate) } };
  using watched = startListening(program, [], { settings: { processes }, before: withoutPtrace });
  await watched.untilLine("started");
  await assertWaiting(watched, "web does not listen yet");
  gate.open();
  await untilReady(watched);
  assert.match(decisions(watched).join(), /web listens on 127\.0\.0\.1:\d+: .* Only its user was compared/);
});

test("nginx is ready once it listens", { skip }, async () => {
  const folder = scratchPath("nginx");
  mkdirSync(folder);
  const port = await freePort();
  const gate = createGate();
  const configuration = join(folder, "nginx.conf");
  writeFileSync(
    configuration,
    `daemon off; user www-data; pid ${folder}/pid; error_log stderr; events {}
     http { access_log off; server { listen 127.0.0.1:${port}; location / { return 204; } } }`,
  );
  const script = `until [ -e ${gate.path} ]; do sleep 0.05; done; exec nginx -c ${configuration}`;
  using watched = startListening(program, ["sh", "-c", script], { before: withoutPtrace });
  await assertWaiting(watched);
  gate.open();
  await untilReady(watched);
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 204);
  assert.match(decisions(watched).join(), new RegExp(`the app listens on 127\\.0\\.0\\.1:${port}: `));
});
