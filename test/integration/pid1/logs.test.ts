import assert from "node:assert/strict";
import { test } from "node:test";
import { runContainer, startContainer } from "../../harness/container.ts";
import { withoutPython } from "../../harness/python.ts";
import { startTerminal } from "../../harness/terminal.ts";
import { forEachVariant, type Variant } from "../../harness/variants.ts";

const missing = ["no-such-command"];
const noDefault = { before: "unset SEAWORTHY_LOG_FORMAT" };
const message = 'cannot run "no-such-command": it is not in PATH. Check the image\'s CMD and the spelling.';

forEachVariant("logs", {}, (variant) => {
  test("are JSON without a terminal: one line per event, on stderr", async () => {
    const { code, stdout, stderr } = await runContainer(variant, missing, noDefault);
    assert.deepEqual({ code, stdout }, { code: 127, stdout: "" });
    const events = linesOf(stderr).map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    for (const { time, level, logger } of events) {
      assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.match(String(level), /^(info|error)$/);
      assert.equal(logger, "seaworthy");
    }
    assert.ok(events.some((event) => event["level"] === "error" && event["message"] === message, stderr));
  });

  test("are readable text on a terminal", { skip: withoutPython }, async () => {
    using terminal = startTerminal(variant, missing);
    assert.equal((await terminal.ended).code, 127);
    assert.ok(terminal.screen().includes(`seaworthy: error: ${message}`), terminal.screen());
  });

  for (const format of ["human", "json"] as const) {
    test(`are ${format} with log.format: ${format}`, async () => {
      const { stderr } = await runContainer(variant, missing, { ...noDefault, settings: { log: { format } } });
      for (const line of linesOf(stderr)) assert.equal(line.startsWith("{"), format === "json", line);
      assert.ok(stderr.includes("no-such-command"));
    });
  }

  test("leave out events below log.level", async () => {
    assert.match(await stderrOfStop(variant, "debug"), /SIGTERM: stopping[^]*debug: sweeping → ended/);
    const info = await stderrOfStop(variant, "info");
    assert.match(info, /SIGTERM: stopping/);
    assert.doesNotMatch(info, /debug:/);
    assert.equal(await stderrOfStop(variant, "warn"), "");
  });

  test("leave the app's output alone, byte for byte", async () => {
    const script = String.raw`printf 'no newline'; printf '\377\0\033[31m' >&2; printf 'x' >&2`;
    const { stdout, stderr } = await runContainer(variant, ["sh", "-c", script], {
      settings: { log: { level: "error" } },
    });
    assert.equal(stdout, "no newline");
    assert.equal(stderr, "\uFFFD\0\u001B[31mx");
  });
});

async function stderrOfStop(variant: Variant, level: string): Promise<string> {
  const app = ["sh", "-c", "trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done"];
  using container = startContainer(variant, app, { settings: { log: { level } } });
  await container.untilLine("ready");
  await container.send("SIGTERM");
  assert.deepEqual(await container.ended, { code: 3, signal: null });
  return container.stderr();
}

const linesOf = (text: string) => text.split("\n").slice(0, -1);
