import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync, writeSync } from "node:fs";
import { describe, test } from "node:test";
import { createLineSink } from "../../../src/platform/terminal/line-sink.ts";
import { scratchPath } from "../../harness/scratch.ts";

const { O_RDWR, O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/** A pipe whose reader reads only on request. */
function openPipe() {
  const path = scratchPath("pipe");
  execFileSync("mkfifo", [path]);
  const both = openSync(path, O_RDWR | O_NONBLOCK);
  const writer = openSync(path, O_WRONLY);
  closeSync(both);
  // The write end keeps it open without a reader.
  const reader = openSync(path, O_RDONLY | O_NONBLOCK);
  return { writer, reader };
}

/** Reads everything in the pipe. */
function drain(reader: number): string {
  const buffer = Buffer.alloc(1 << 20);
  let text = "";
  for (;;) {
    try {
      const count = readSync(reader, buffer);
      if (count === 0) return text;
      text += buffer.toString("utf8", 0, count);
    } catch {
      return text;
    }
  }
}

describe("lines", () => {
  test("are written to a pipe unchanged", () => {
    const { writer, reader } = openPipe();
    const write = createLineSink(writer);
    write("one\n");
    write("zwei: äöü\n");
    assert.equal(drain(reader), "one\nzwei: äöü\n");
  });

  test("that a stuck reader does not read are counted, and the count is written when it reads again", () => {
    const { writer, reader } = openPipe();
    const write = createLineSink(writer);
    const long = `${"x".repeat(1023)}\n`;
    // 64 of these fill a pipe.
    for (let line = 0; line < 70; line++) write(long);
    const before = drain(reader);
    assert.equal(before.length, 65_536);
    write("after\n");
    const lost = 70 - before.length / long.length;
    assert.equal(drain(reader), `seaworthy: ${lost} lines of this log were lost: its reader was not reading\nafter\n`);
    write("on\n");
    assert.equal(drain(reader), "on\n");
  });

  test("do not make the app's end of the pipe non-blocking", () => {
    const { writer, reader } = openPipe();
    createLineSink(writer)("line\n");
    drain(reader);
    const [, flags = ""] = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${writer}`, "utf8")) ?? [];
    assert.equal(Number.parseInt(flags, 8) & O_NONBLOCK, 0);
  });

  test("are appended after the app's output in the same file", () => {
    const path = scratchPath("log");
    writeFileSync(path, "");
    const descriptor = openSync(path, "w");
    writeSync(descriptor, "the app's\n");
    const write = createLineSink(descriptor);
    write("ours\n");
    writeSync(descriptor, "the app's again\n");
    assert.equal(readFileSync(path, "utf8"), "the app's\nours\nthe app's again\n");
  });

  test("are dropped on a full disk, without a reader, or after closing", () => {
    createLineSink(openSync("/dev/full", "w"))("line\n");
    const { writer, reader } = openPipe();
    closeSync(reader);
    createLineSink(writer)("line\n");
    closeSync(writer);
    createLineSink(writer)("line\n");
  });
});
