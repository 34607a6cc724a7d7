import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findContradictions } from "../../src/config/contradictions.ts";
import { settingsShape } from "../../src/config/settings.ts";
import type { Problem } from "../../src/config/shapes/shape.ts";

function check(document: object, forUpgrade = true): readonly string[] {
  const problems: Problem[] = [];
  const settings = settingsShape.read(document, { path: "", problems });
  assert.ok(settings, JSON.stringify(problems));
  return findContradictions(settings, { forUpgrade }).map(({ path, message }) => `${path}: ${message}`);
}

const app = { command: ["app"] };

describe("settings that would prevent the container from stopping are refused", () => {
  for (const [document, expected] of [
    [
      { stop: { signal: "WINCH" }, signals: { WINCH: "none" } },
      "signals.WINCH: none would drop SIGWINCH, which is stop.signal. Remove it,",
    ],
    [{ stop: { signal: 3 }, signals: { SIGQUIT: "none" } }, "signals.QUIT: none would drop SIGQUIT"],
    [
      { signals: { TERM: "none" } },
      "signals.TERM: none would drop SIGTERM, which is the signal that stops the container.",
    ],
    [
      { signals: { 15: "STOP" } },
      "signals.TERM: SIGSTOP in place of SIGTERM does not end a process. Use one that does",
    ],
    [{ stop: { signal: "STOP" } }, "stop.signal: SIGSTOP does not end a process. Use one that does"],
    [{ stop: { signal: "TSTP" } }, "stop.signal: SIGTSTP does not end a process."],
    [
      { processes: { web: { ...app, stop: { signal: "CONT" } } } },
      "processes.web.stop.signal: SIGCONT does not end a process.",
    ],
  ] as const) {
    test(JSON.stringify(document), () => {
      const [first = "", ...others] = check(document);
      assert.ok(first.startsWith(expected), first);
      assert.deepEqual(others, []);
    });
  }

  for (const document of [
    { stop: { signal: "WINCH" }, signals: { TERM: "none" } },
    { stop: { signal: "QUIT" }, signals: { QUIT: "TERM", TERM: "STOP" } },
    { signals: { TERM: "QUIT", INT: "none", WINCH: "none" } },
    { stop: { signal: "KILL" } },
    { processes: { web: { ...app, stop: { signal: "WINCH" } } }, signals: { WINCH: "none" } },
  ]) {
    test(`control: ${JSON.stringify(document)}`, () => assert.deepEqual(check(document), []));
  }
});

describe("a command whose first word is empty is refused at every key", () => {
  const command = ["", "-g"];
  for (const [path, document] of [
    ["run", { run: [""] }],
    ["processes.web.command", { processes: { web: { command } } }],
    ["processes.web.ready.command", { processes: { web: { ...app, ready: { command } } } }],
    ["app.ready.command", { app: { ready: { command } } }],
    ["dependencies.tool.command", { dependencies: { tool: { kind: "command", command, requires: ">=1" } } }],
    ["upgrade.before[1].command", { upgrade: { before: [["true"], command] } }],
    ["upgrade.onFailure[0].command", { upgrade: { onFailure: [{ command }] } }],
    ["upgrade.migrate.command", { upgrade: { migrate: command } }],
  ] as const) {
    test(path, () => {
      const expected = `${path}[0]: the first word of a command is the program to run, but it is empty. Write its name or path.`;
      assert.deepEqual(check(document), [expected]);
    });
  }

  test("control: an upgrade's command, in other modes: its variables may be unset there", () => {
    assert.deepEqual(check({ upgrade: { migrate: command } }, false), []);
  });

  test("other words may be empty", () => assert.deepEqual(check({ run: ["app", ""] }), []));
});

describe("contradictory processes are refused", () => {
  const after = (...names: readonly string[]) => ({ ...app, after: names });
  const circle = (path: string) => `processes.${path}: the processes wait for each other in a circle: `;
  for (const [document, expected] of [
    [{ processes: { a: after("a") } }, [`${circle("a.after")}a → a. Remove one of these.`]],
    [{ processes: { x: after("a"), a: after("b"), b: after("a") } }, [`${circle("a.after")}a → b → a. Remove one`]],
    [{ processes: { a: after("b", "c"), b: app, c: after("a") } }, [`${circle("a.after")}a → c → a. Remove one`]],
    [{ processes: { a: after("c"), b: app } }, ['processes.a.after: there is no process "c". Known: a, b.']],
    [
      { processes: { a: after("A", "toString"), b: after("c") } },
      [
        'processes.a.after: there is no process "A". Known: a, b.',
        'processes.a.after: there is no process "toString".',
        'processes.b.after: there is no process "c".',
      ],
    ],
    [{ run: ["app"], processes: { a: app } }, ["processes: both `run` and `processes` are set"]],
    [
      { processes: { a: { ...app, ready: {} } } },
      ["processes.a.ready: expected one of tcp, http, socket, file, command"],
    ],
    [{ app: { ready: { tcp: "x:1", file: "/x" } } }, ["app.ready: expected one of tcp, http, socket, file, command"]],
  ] as const) {
    test(JSON.stringify(document), () => {
      const problems = check(document);
      assert.equal(problems.length, expected.length, problems.join("\n"));
      for (const [index, start] of expected.entries())
        assert.ok(problems[index]?.startsWith(start), problems.join("\n"));
    });
  }

  test("control: valid processes", () => {
    const processes = { c: after("b", "a"), b: after("a"), a: app, d: after("a", "c"), ["__proto__"]: after("d") };
    assert.deepEqual(check({ processes }), []);
  });
});
