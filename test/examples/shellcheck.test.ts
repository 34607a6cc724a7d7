import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { scratchPath } from "../harness/scratch.ts";
import { lacking } from "../harness/services.ts";
import { examples, files } from "./files.ts";

const scripts = files.filter(({ text }) => text.startsWith("#!/bin/sh\n"));

test("shellcheck finds nothing in the scripts", { skip: lacking("/usr/bin/shellcheck") }, () => {
  assert.ok(scripts.length >= 5);
  const check = (path: string) => spawnSync("/usr/bin/shellcheck", ["--severity=style", path], { encoding: "utf8" });
  for (const { path } of scripts) {
    const { status, stdout } = check(join(examples, path));
    assert.equal(status, 0, stdout);
    assert.ok(spawnSync("test", ["-x", join(examples, path)]).status === 0, `${path} cannot be executed`);
  }
  const bad = scratchPath("bad.sh");
  writeFileSync(bad, "#!/bin/sh\nrm $1\n");
  assert.equal(check(bad).status, 1);
});
