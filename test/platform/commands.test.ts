import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { cannotRun, locate } from "../../src/platform/commands.ts";
import { scratchPath } from "../harness/scratch.ts";

const folder = scratchPath("folder");

before(() => {
  mkdirSync(join(folder, "bin"), { recursive: true });
  mkdirSync(join(folder, "other"));
  mkdirSync(join(folder, "bin/folder"));
  const write = (name: string, text: string, mode: number) => {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), mode);
  };
  write("bin/plain", "#!/bin/sh\n", 0o644);
  write("other/plain", "#!/bin/sh\n", 0o755);
  write("bin/orphan", "#!/no/such/interpreter\n", 0o755);
});

describe("where a command is", () => {
  const path = `${folder}/bin:${folder}/other`;

  test("in PATH: the first that can be run, not the first that is there", () => {
    assert.equal(locate("plain", path), join(folder, "other/plain"));
    assert.equal(locate("plain", `${folder}/bin`), join(folder, "bin/plain"));
  });

  test("folders are none, and what is not there is undefined", () => {
    assert.equal(locate("folder", path), undefined);
    assert.equal(locate("nope", path), undefined);
  });

  test("a path is looked for where it says, whatever PATH is", () => {
    assert.equal(locate(join(folder, "bin/orphan"), ""), join(folder, "bin/orphan"));
    assert.equal(locate("/nope", path), undefined);
  });
});

describe("what is said of a command that cannot be run", () => {
  for (const { command, cwd = folder, code, message } of [
    { command: "nope", code: 127, message: 'cannot run "nope": it is not in PATH.' },
    { command: "./nope", code: 127, message: 'cannot run "./nope": there is no such file.' },
    { command: "bin/orphan", code: 127, message: `cannot run ${folder}/bin/orphan: its interpreter is missing.` },
    { command: "./plain", cwd: `${folder}/bin`, code: 126, message: 'cannot run "./plain": permission denied.' },
    {
      command: "sh",
      cwd: `${folder}/nope`,
      code: 126,
      message: `the working directory ${folder}/nope does not exist.`,
    },
    { command: folder, code: 126, message: `cannot run ${JSON.stringify(folder)}: permission denied.` },
  ]) {
    test(`${command} in ${cwd.replace(folder, "…")}`, async () => {
      const failure = cannotRun(
        command,
        { environment: process.env, workingDirectory: cwd },
        await spawnError(command, cwd),
      );
      assert.equal(failure.exitCode, code);
      assert.ok(failure.message.includes(message), failure.message);
    });
  }

  test("as another user, without the right to", () => {
    const error = Object.assign(new Error("spawn EPERM"), { code: "EPERM" });
    const failure = cannotRun("true", { environment: {}, workingDirectory: "/" }, error);
    assert.equal(failure.exitCode, 126);
    assert.match(failure.message, /not permitted\. Changing user or group needs root/);
  });
});

async function spawnError(command: string, cwd: string): Promise<NodeJS.ErrnoException> {
  const [error] = (await once(spawn(command, { cwd }), "error")) as [Error];
  return error;
}
