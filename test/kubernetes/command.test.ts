import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { scratchPath } from "../harness/scratch.ts";

/** Runs `npm run test:kubernetes` with a kubectl that answers as the script says. Undefined: there is none. */
function run(argv: readonly string[], environment: Readonly<Record<string, string>>, kubectl?: string) {
  const folder = scratchPath("bin");
  mkdirSync(folder);
  if (kubectl !== undefined) {
    writeFileSync(join(folder, "kubectl"), `#!/bin/sh\n${kubectl}\n`);
    chmodSync(join(folder, "kubectl"), 0o755);
  }
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "kubernetes.ts"), ...argv],
    { env: { PATH: folder, ...environment }, encoding: "utf8" },
  );
  return { code: status, stdout, stderr };
}

const load = { SEAWORTHY_KUBERNETES_LOAD: "kind load docker-image {image}" };

suite("npm run test:kubernetes", () => {
  test("--list names the scenarios, and needs no cluster", () => {
    const { code, stdout } = run(["--list"], {});
    assert.equal(code, 0);
    assert.match(stdout, /^strict +deploy\.sh upgrades from 1 to 2/);
    assert.match(stdout, /^control +/m);
    const only = run(["--list", "--only", "undo", "--only", "control"], {});
    assert.deepEqual(
      only.stdout
        .trim()
        .split("\n")
        .map((line) => line.split(" ", 1)[0]),
      ["undo", "control"],
    );
  });

  test("an unknown scenario or flag is refused with 64", () => {
    for (const argv of [["--only", "nothing"], ["--nothing"], ["strict"]]) {
      const { code, stderr } = run(argv, load);
      assert.equal(code, 64, stderr);
    }
    assert.match(run(["--only", "nothing"], load).stderr, /unknown scenario: nothing\. Allowed: strict, undo/);
  });

  const reaching = 'if [ "$1" = config ]; then echo kind-kind; else echo "connection refused" >&2; exit 1; fi';
  for (const [what, environment, kubectl, message] of [
    ["no load command", {}, "", /^SEAWORTHY_KUBERNETES_LOAD is not set/],
    ["a load command without an image", { SEAWORTHY_KUBERNETES_LOAD: "kind load" }, "", /without \{image\}/],
    ["no kubectl", load, undefined, /^kubectl is not on PATH/],
    ["no context", load, "exit 1", /^kubectl has no current context\. Set KUBECONFIG, or create a cluster/],
    ["no cluster", load, reaching, /^cannot reach the cluster of kubectl's context "kind-kind": connection refused\n/],
  ] as const) {
    test(`${what}: it ends with 69, and says what to do`, () => {
      const { code, stdout, stderr } = run([], environment, kubectl);
      assert.equal(code, 69);
      assert.match(stderr, message);
      assert.equal(stdout, "");
    });
  }
});
