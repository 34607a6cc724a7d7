import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { withoutRoot } from "../harness/program.ts";
import { lacking } from "../harness/services.ts";

const root = join(import.meta.dirname, "../..");
const run = (file: string, parameters: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  spawnSync(file, parameters, { cwd: root, encoding: "utf8", env: { ...process.env, ...environment } });

test("shellcheck finds nothing in the scripts of CI", { skip: lacking("/usr/bin/shellcheck") }, () => {
  const scripts = readdirSync(join(root, ".ci")).filter((name) => name !== "packages");
  assert.ok(scripts.length >= 5);
  const { status, stdout } = run(
    "/usr/bin/shellcheck",
    ["--external-sources", "--severity=style", ...scripts].map((one) => (one.startsWith("-") ? one : `.ci/${one}`)),
  );
  assert.equal(status, 0, stdout);
});

test("a root file system of another name is refused", () => {
  for (const name of ["fresh", "/srv/root", "no"]) {
    const { status, stderr } = run(".ci/run", [], { SEAWORTHY_CI_ROOT: name });
    assert.equal(status, 64);
    assert.match(
      stderr,
      new RegExp(`SEAWORTHY_CI_ROOT is "${name}"\\. Unset it .*, or set it to / to use this machine\\.`),
    );
  }
});

test("only root can run it", { skip: withoutRoot }, () => {
  const { status, stderr } = run("setpriv", ["--reuid=65534", "--clear-groups", "bash", join(root, ".ci/run")]);
  assert.equal(status, 77);
  assert.match(stderr, /not root\. Run .*\.ci\/run as root\./);
});
