import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { cannotRun, locate } from "../../../src/platform/processes/commands.ts";
import { scratchPath } from "../../harness/scratch.ts";

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
  write("bin/windows", "#!/bin/sh\r\ntrue\r\n", 0o755);
  write("bin/nested", `#!${folder}/bin/plain\n`, 0o755);
  symlinkSync("loop", join(folder, "bin/loop"));
});

describe("finding a command", () => {
  const path = `${folder}/bin:${folder}/other`;

  test("in PATH: the first executable file, not the first file", () => {
    assert.equal(locate("plain", path), join(folder, "other/plain"));
    assert.equal(locate("plain", `${folder}/bin`), join(folder, "bin/plain"));
  });

  test("skips folders, and returns undefined for missing ones", () => {
    assert.equal(locate("folder", path), undefined);
    assert.equal(locate("nope", path), undefined);
  });

  test("a path does not use PATH", () => {
    assert.equal(locate(join(folder, "bin/orphan"), ""), join(folder, "bin/orphan"));
    assert.equal(locate("/nope", path), undefined);
  });
});

describe("the message for a command that cannot run", () => {
  for (const { command, cwd = folder, code, message } of [
    { command: "npm start", code: 127, message: 'It is one word: write each word by itself, as in ["npm","start"].' },
    { command: "nope", code: 127, message: 'cannot run "nope": it is not in PATH.' },
    { command: "./nope", code: 127, message: 'cannot run "./nope": the file does not exist.' },
    { command: "bin/orphan", code: 127, message: `cannot run ${folder}/bin/orphan: its interpreter is missing.` },
    { command: "./plain", cwd: `${folder}/bin`, code: 126, message: 'cannot run "./plain": permission denied.' },
    {
      command: "sh",
      cwd: `${folder}/nope`,
      code: 126,
      message: `the working directory ${folder}/nope does not exist.`,
    },
    { command: "bin/orphan", code: 127, message: "Install /no/such/interpreter, which its first line (#!) names." },
    { command: "bin/windows", code: 127, message: "Its first line (#!) ends with a carriage return" },
    { command: "bin/plain/x", code: 127, message: 'cannot run "bin/plain/x": the file does not exist.' },
    { command: "bin/nested", code: 126, message: "permission denied. It is executable: check that" },
    { command: "bin/plain", code: 126, message: "permission denied. Make it executable: chmod +x." },
    { command: "bin/loop", code: 126, message: "its path has too many symbolic links (ELOOP)." },
    { command: `./${"x".repeat(300)}`, code: 126, message: "its name is too long (ENAMETOOLONG)." },
    {
      command: "sh",
      cwd: `${folder}/bin/plain`,
      code: 126,
      message: `the working directory ${folder}/bin/plain is not a folder.`,
    },
    { command: folder, code: 126, message: `cannot run ${JSON.stringify(folder)}: permission denied. It is a folder` },
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

  test("because its arguments are too long", async () => {
    const word = "x".repeat(1 << 18);
    const error = await spawnError("true", folder, [word]);
    const failure = cannotRun("true", { environment: process.env, workingDirectory: folder }, error);
    assert.deepEqual([failure.exitCode, failure.message.includes("too long (E2BIG)")], [126, true], failure.message);
  });

  test("because the kernel refuses another process, memory, or its format", () => {
    for (const [code, message] of [
      ["EAGAIN", /the limit of processes is reached \(EAGAIN\)\. Raise .* --pids-limit/],
      ["ENOMEM", /not enough memory to start it \(ENOMEM\)/],
      ["ENOEXEC", /cannot run its format \(ENOEXEC\)\. Build the image for this machine's architecture/],
      ["ETXTBSY", /a process is writing it/],
    ] as const) {
      const error = Object.assign(new Error(`spawn ${code}`), { code });
      const failure = cannotRun("true", { environment: {}, workingDirectory: "/" }, error);
      assert.equal(failure.exitCode, 126);
      assert.match(failure.message, message);
    }
  });

  test("because seaworthy may not change the user", () => {
    const error = Object.assign(new Error("spawn EPERM"), { code: "EPERM" });
    const failure = cannotRun("true", { environment: {}, workingDirectory: "/" }, error);
    assert.equal(failure.exitCode, 126);
    assert.match(failure.message, /not permitted\. Changing user or group needs root/);
  });
});

async function spawnError(command: string, cwd: string, words: readonly string[] = []): Promise<NodeJS.ErrnoException> {
  try {
    const [error] = (await once(spawn(command, words, { cwd }), "error")) as [Error];
    return error;
  } catch (error) {
    return error as Error;
  }
}
