import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createLog, type LogStyle } from "../../src/kernel/log.ts";

function linesOf(style: Partial<LogStyle>, use: (log: ReturnType<typeof createLog>) => void): readonly string[] {
  const lines: string[] = [];
  const log = createLog({
    style: () => ({ format: "human", level: "debug", colour: false, terminal: false, ...style }),
    redact: (text) => text.replaceAll("secret", "***"),
    write: (line) => void lines.push(line),
    now: () => 0,
  });
  use(log);
  return lines;
}

describe("log", () => {
  const atEveryLevel = ({ debug, info, warn, error }: ReturnType<typeof createLog>) => {
    for (const write of [debug, info, warn, error]) write("a thing");
  };

  test("for people: a label and the message", () => {
    assert.deepEqual(linesOf({}, atEveryLevel), [
      "seaworthy: debug: a thing\n",
      "seaworthy: a thing\n",
      "seaworthy: warning: a thing\n",
      "seaworthy: error: a thing\n",
    ]);
  });

  test("for machines: one JSON object per line, with the fields", () => {
    const [line = ""] = linesOf({ format: "json" }, ({ warn }) => warn("two\nlines", { pid: 7 }));
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(JSON.parse(line), {
      time: "1970-01-01T00:00:00.000Z",
      level: "warn",
      logger: "seaworthy",
      message: "two\nlines",
      pid: 7,
    });
  });

  test("lines below the level are left out", () => {
    assert.equal(linesOf({ level: "warn" }, atEveryLevel).length, 2);
  });

  test("everything is redacted, including fields", () => {
    const lines = [
      ...linesOf({}, ({ info }) => info("a secret")),
      ...linesOf({ format: "json" }, ({ info }) => info("x", { url: "secret" })),
    ];
    assert.equal(lines.length, 2);
    for (const line of lines) assert.ok(line.includes("***") && !line.includes("secret"), line);
  });
});
