import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { execa } from "execa";
import { transform } from "esbuild";
import { bundleFile, root } from "../../../docker/build/paths.ts";
import { refuseOldNode } from "../../../docker/build/refuse-old-node.ts";

/** The machine's own Node. CI has one that is older than the program's. */
const hostNode = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => existsSync(path));

async function runBundle(node: string, argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const env = { PATH: process.env["PATH"] ?? "", SEAWORTHY_HEALTH_LISTEN: "127.0.0.1:0", ...environment };
  const { exitCode, stdout, stderr } = await execa(node, argv, { env, extendEnv: false, reject: false });
  return { exitCode, stdout, stderr };
}

async function neededNode(): Promise<string> {
  const { engines } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly engines: { readonly node: string };
  };
  return engines.node.replace(">=", "");
}

describe("the bundle on a Node that cannot run it", () => {
  test("has only syntax that Node 10 can parse", async () => {
    const text = await readFile(bundleFile, "utf8");
    // esbuild rewrites newer syntax for the target, or refuses it.
    const rewrite = async (target: string) => (await transform(text, { target, logLevel: "silent" })).code;
    assert.equal((await rewrite("node10")) === (await rewrite("node26")), true);
    // Control: an older target lacks some of the syntax.
    await assert.rejects(rewrite("node4"), /is not supported yet/);
  });

  const modes = [["--version"], ["--health"], ["--upgrade"], ["--plan"], ["sh", "-c", "exit 5"]];
  test("prints the reason and exits with 78, in every mode", { skip: hostNode === undefined }, async (t) => {
    const { stdout: version } = await execa(hostNode ?? "", ["--version"]);
    const needed = await neededNode();
    if (Number(version.slice(1).split(".")[0]) >= Number(needed.split(".")[0]))
      return t.skip("the machine's Node is new enough");
    for (const mode of modes) {
      const { exitCode, stdout, stderr } = await runBundle(hostNode ?? "", [bundleFile, ...mode], {
        SEAWORTHY_LOG_FORMAT: "human",
      });
      const message = `seaworthy: error: cannot run on Node ${version.slice(1)}: seaworthy needs Node ${needed} or later. Use an image with Node ${needed} or later, or use the self-contained program /opt/seaworthy, which brings its own Node.`;
      assert.deepEqual({ exitCode, stdout, stderr }, { exitCode: 78, stdout: "", stderr: message }, mode.join(" "));
    }
    const { stderr } = await runBundle(hostNode ?? "", [bundleFile, "--version"]);
    const { level, exitCode } = JSON.parse(stderr) as { readonly level: string; readonly exitCode: number };
    assert.deepEqual({ level, exitCode }, { level: "error", exitCode: 78 });
  });

  test("reports a missing node:ffi and a missing permission", async () => {
    const log = { SEAWORTHY_LOG_FORMAT: "human" };
    const without = await runBundle(process.execPath, ["--no-experimental-ffi", bundleFile, "true"], log);
    assert.equal(without.exitCode, 78);
    assert.match(without.stderr, /^seaworthy: error: cannot run on this Node \d.*: it has no node:ffi\. Remove /);
    const permission = ["--permission", "--allow-fs-read=*", bundleFile, "true"];
    const restricted = await runBundle(process.execPath, permission, log);
    assert.equal(restricted.exitCode, 78);
    assert.match(restricted.stderr, /--permission without --allow-ffi\. Remove --permission/);
    // Control: without these flags, the bundle runs.
    assert.equal((await runBundle(process.execPath, [bundleFile, "sh", "-c", "exit 5"], log)).exitCode, 5);
  });
});

describe("refused versions", () => {
  const exitOf = (versions: Readonly<Record<string, string>>) => {
    const exits: number[] = [];
    const exit = (code: number) => void exits.push(code) as never;
    // Nothing is written: the format is JSON, and there is no file system.
    const require = ((name: string) =>
      ({ module: { isBuiltin: () => true }, tty: { isatty: () => false }, fs: {} })[name]) as unknown as NodeJS.Require;
    refuseOldNode("26.9", { versions, env: {}, exit }, require);
    return exits;
  };
  for (const node of ["0.12.18", "8.17.0", "22.23.3", "25.99.0", "26.0.0", "26.8.2", "26.8.9-nightly", ""])
    test(`refused: "${node}"`, () => assert.deepEqual(exitOf({ node }), [78]));
  for (const node of ["26.9.0", "26.10.0", "27.0.0", "27.0.0-nightly20261101", "100.1.0"])
    test(`accepted: "${node}"`, () => assert.deepEqual(exitOf({ node }), []));
  test("refused: other runtimes that imitate an older Node", () => {
    assert.deepEqual(exitOf({ node: "24.3.0", bun: "1.3.0" }), [78]);
    assert.deepEqual(exitOf({ node: "24.2.0", deno: "2.5.0" }), [78]);
  });
});
