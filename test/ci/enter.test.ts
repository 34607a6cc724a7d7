import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { withoutRoot } from "../harness/program.ts";
import { lacking } from "../harness/services.ts";
import { createTinyRoot, type TinyRoot } from "./tiny-root.ts";

const folder = join(import.meta.dirname, "../../.ci");

suite("in a fresh root file system", { skip: withoutRoot || lacking("/usr/bin/tini") }, () => {
  let root: TinyRoot;
  const home = mkdtempSync(join(tmpdir(), "seaworthy-home-"));
  before(() => void (root = createTinyRoot()));
  after(() => {
    root[Symbol.dispose]();
    rmSync(home, { recursive: true });
  });

  /** What a shell in there prints. */
  function inside(script: string, environment: Readonly<Record<string, string>> = {}): string {
    const enter = [join(folder, "apart"), join(folder, "enter"), root.folder, script];
    const { status, stdout, stderr } = spawnSync(
      "bash",
      ["-euc", `. "$1"; run_apart "$2" "$3" sh -c "$4"`, "bash", ...enter],
      { encoding: "utf8", env: { ...process.env, ...environment } },
    );
    assert.equal(status, 0, stderr);
    return stdout.trim();
  }

  test("there is no program of the machine but Node and npm", () => {
    // The control: here there are.
    for (const name of ["bash", "findmnt", "unshare"]) {
      assert.equal(spawnSync("which", [name]).status, 0);
      assert.equal(inside(`command -v ${name} || echo none`), "none");
    }
    assert.deepEqual(inside("ls /usr/local/bin").split("\n"), ["node", "npm", "npx"]);
    assert.equal(inside("ls /tmp /root"), "/root:\n\n/tmp:");
    const versionOf = (name: string) => execFileSync(name, ["--version"], { encoding: "utf8" }).trim();
    assert.equal(inside("node --version; npm --version"), `${versionOf("node")}\n${versionOf("npm")}`);
  });

  test("Node and npm cannot be written to", () => {
    for (const path of ["/usr/local/bin/node", "/usr/local/lib/node_modules/npm/package.json"])
      assert.match(inside(`(echo broken >${path}) 2>&1 || true`), /Read-only file system/);
  });

  test("nothing of the machine is mounted, and nothing stays mounted on the machine", () => {
    const table = () => readFileSync("/proc/self/mountinfo", "utf8");
    const before = table();
    const targets = inside("cat /proc/self/mountinfo")
      .split("\n")
      .map((line) => line.split(" ")[4] ?? "");
    const known = /^\/(proc|sys(\/.*)?|dev(\/pts|\/shm)?|usr\/local\/.*|root\/\.npmrc|etc\/ssl\/.*)?$/;
    assert.deepEqual(
      targets.filter((path) => !known.test(path)),
      [],
    );
    assert.equal(table(), before);
  });

  test("devices, terminals, shared memory and processes are as tests need them", () => {
    const devices = [
      "full",
      "null",
      "ptmx",
      "pts",
      "random",
      "shm",
      "stderr",
      "stdin",
      "stdout",
      "tty",
      "urandom",
      "zero",
    ];
    assert.deepEqual(inside("ls /dev").split("\n").toSorted(), ["fd", ...devices].toSorted());
    assert.equal(inside("echo gone >/dev/null; echo kept >/dev/shm/file; cat /dev/shm/file"), "kept");
    assert.match(inside("cat /etc/hosts 2>&1 >/dev/full || true"), /No space left/);
    assert.equal(inside("exec 3<>/dev/ptmx; ls /dev/pts"), "0\nptmx");
    assert.equal(inside("cat /proc/1/comm; readlink /proc/1/exe"), "tini\n/usr/bin/tini");
    assert.equal(
      inside("cat /sys/kernel/mm/transparent_hugepage/enabled >/dev/null && ls /sys/fs"),
      readdirSync("/sys/fs").join("\n"),
    );
  });

  test("no variable of the machine is there, but what the registry is reached with", () => {
    const settings = join(home, "npmrc");
    writeFileSync(settings, "//example.test/:_authToken=t0ken\nfetch-retries=7\n");
    const environment = {
      SECRET: "x",
      LANG: "de_DE.UTF-8",
      TZ: "Asia/Tokyo",
      NODE_OPTIONS: "--no-warnings",
      HTTPS_PROXY: "http://proxy.test:3128",
      no_proxy: "example.test",
      npm_config_userconfig: settings,
      npm_config_fetch_timeout: "1234",
    };
    const lines = inside("env; echo fetch-retries $(npm config get fetch-retries)", environment).split("\n");
    const variables = Object.fromEntries(lines.map((line) => line.split("=", 2)));
    for (const name of ["SECRET", "LANG", "TZ", "NODE_OPTIONS", "npm_config_userconfig"])
      assert.equal(variables[name], undefined, name);
    assert.deepEqual(
      ["HOME", "CI", "HTTPS_PROXY", "no_proxy", "npm_config_fetch_timeout"].map((name) => variables[name]),
      ["/root", "1", "http://proxy.test:3128", "example.test", "1234"],
    );
    assert.ok(lines.includes("fetch-retries 7"));
  });
});
