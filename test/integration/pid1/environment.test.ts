import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { runContainer, startContainer } from "../../harness/container.ts";
import { freePort } from "../../harness/postgres.ts";
import { childrenOf } from "../../harness/proc.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";

const descriptors = ["sh", "-c", "cd /proc/self/fd; echo *"];

forEachVariant("the app gets", {}, (variant) => {
  test("its environment, without seaworthy's own variables and the upgrade's credentials", async () => {
    const passed = { EMPTY: "", EQUALS: "a=b=c", LINES: "one\ntwo", NODE_ENV: "production", SEAWORTHYLESS: "stays" };
    const hidden = {
      SEAWORTHY_LOG_LEVEL: "warn",
      SEAWORTHY_STOP_GRACE_SECONDS: "5",
      UPGRADE_DATABASE_URL: "postgres://owner:secret@db/shop",
      OWNER_URL: "postgres://owner:secret@db/shop",
    };
    const settings = { upgrade: { url: "${OWNER_URL}" } };
    const { stdout } = await runContainer(variant, ["cat", "/proc/self/environ"], {
      settings,
      environment: { ...passed, ...hidden },
    });
    const got = new Map(stdout.split("\0").map((entry) => [entry.slice(0, entry.indexOf("=")), entry]));
    for (const [name, value] of Object.entries(passed)) assert.equal(got.get(name), `${name}=${value}`);
    for (const name of [...Object.keys(hidden), "SEAWORTHY_LOG_FORMAT"]) assert.equal(got.has(name), false, name);
    assert.doesNotMatch(stdout, /secret/);
  });

  test("its own NODE_OPTIONS, which the self-contained program ignores", async () => {
    const NODE_OPTIONS = "--require=/no/such/agent.js";
    const { code, stdout, stderr } = await runContainer(variant, ["printenv", "NODE_OPTIONS"], {
      environment: { NODE_OPTIONS, SEAWORTHY_LOG_LEVEL: "error" },
    });
    // The bundle runs on a Node that seaworthy cannot configure.
    if (variant.build === "bundle") assert.match(stderr, /no\/such\/agent/);
    else assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: `${NODE_OPTIONS}\n`, stderr: "" });
  });

  test("the working directory, which seaworthy does not keep busy", async () => {
    const workingDirectory = scratchPath("folder");
    mkdirSync(workingDirectory);
    using container = startContainer(variant, ["sh", "-c", "pwd; exec sleep 1000"], { workingDirectory });
    await container.untilLine(workingDirectory);
    await container.get("/livez");
    const pid = await container.pid();
    const [app] = childrenOf(pid);
    assert.deepEqual(openIn(workingDirectory, app?.pid), ["cwd"]);
    assert.deepEqual(openIn(workingDirectory, pid), []);
  });

  test("none of seaworthy's descriptors, even if it starts late", async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    const processes = {
      first: { command: ["sleep", "1000"], ready: { http: `http://${listen}/livez` } },
      second: { command: descriptors, after: ["first"] },
    };
    using container = startContainer(variant, [], { settings: { processes, health: { listen } } });
    await container.ended;
    const control = await runContainer(withoutSeaworthy(variant), descriptors);
    assert.equal(container.stdout(), control.stdout);
    assert.equal((await runContainer(variant, descriptors)).stdout, control.stdout);
  });

  test("seaworthy's process group and session, if there is no terminal", async () => {
    using container = startContainer(variant, ["sleep", "1000"]);
    await container.get("/livez");
    const pid = await container.pid();
    const [app] = childrenOf(pid);
    assert.deepEqual(groupOf(app?.pid ?? 0), groupOf(pid));
  });

  test("no blocked and no ignored signals", async () => {
    const { stdout } = await runContainer(variant, ["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"]);
    assert.equal(stdout, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  });
});

/** Processes and descriptors that keep the folder busy. */
function openIn(folder: string, pid = 0): readonly string[] {
  const descriptors = readdirSync(`/proc/${pid}/fd`).map((name) => `fd/${name}`);
  const held = ["cwd", "root", "exe", ...descriptors].filter((name) =>
    linkOf(`/proc/${pid}/${name}`).startsWith(folder),
  );
  return readFileSync(`/proc/${pid}/maps`, "latin1").includes(folder) ? [...held, "maps"] : held;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // The descriptor was closed in the meantime.
    return "";
  }
}

/** proc(5): process group and session. */
function groupOf(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(2, 4);
}
