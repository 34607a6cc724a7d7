import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { stripVTControlCharacters, styleText } from "node:util";
import { createNarrator } from "../../examples/story/narrator.ts";
import { openStage, type Stage } from "../../examples/story/stage.ts";
import { steps } from "../../examples/story/steps.ts";
import { processesIn } from "../../examples/story/traces.ts";
import { createDatabase, type TestDatabase } from "../harness/database.ts";
import { startStory, storyFile, type RunningStory } from "../harness/story.ts";
import { waitFor } from "../harness/wait.ts";

const lastSentence = "Everything that was started is gone.";

function assertNothingIsLeft(story: RunningStory): void {
  assert.doesNotMatch(story.output(), /killed now/, "the story had to kill a process that it could have stopped");
  assert.deepEqual(story.processes(), [], story.output());
  assert.deepEqual(story.files(), [], story.output());
}

/** Checks a running story. Without this, finding nothing later would prove nothing. */
function assertSomethingRuns(story: RunningStory): void {
  const names = story.processes().map(({ commandLine }) => commandLine.join(" "));
  assert.ok(
    names.some((name) => name.includes("/postgres ")),
    names.join("\n"),
  );
}

suite("npm start, piped", () => {
  test("prints every step in plain text, and leaves nothing behind", async () => {
    using story = startStory();
    const { code } = await story.ended;
    assert.equal(code, 0, story.output());
    const told = story.output().split("\n");
    for (const [index, sentence] of [...steps.map((step) => step.sentence), lastSentence].entries()) {
      assert.ok(told.includes(`  ${index + 1}  ${sentence}`), `${sentence}\n${story.output()}`);
    }
    assert.match(story.output(), /✓ All 8 steps succeeded, in \d+\.\d s\./);
    assert.doesNotMatch(story.output(), /✗|story-secret/);
    assert.equal(story.output(), stripVTControlCharacters(story.output()));
    assertNothingIsLeft(story);
  });

  test("prints the expectation of a failed step, exits 1, and leaves nothing behind", async () => {
    // The upgrade's hooks call echo, which is missing there.
    using story = startStory({ environment: { PATH: "/nowhere" } });
    const { code } = await story.ended;
    assert.equal(code, 1, story.output());
    assert.match(story.output(), /✗ v1 --upgrade → exit 78 \(expected exit 0, .*applied 0001_create_products/);
    assert.match(story.output(), /✗ Not every step succeeded/);
    assert.ok(!story.output().includes(steps[1]?.sentence ?? ""), "the story continued after a failed step");
    assertNothingIsLeft(story);
  });
});

suite("an interrupted story leaves nothing behind", () => {
  // The last step may end before the test has listed the processes.
  const any = steps[Math.floor(Math.random() * (steps.length - 1))]?.sentence ?? "";

  test(`Ctrl-C during "${any}"`, async () => {
    using story = startStory();
    await story.waitForOutput(any);
    assertSomethingRuns(story);
    story.signalGroup("SIGINT");
    assert.deepEqual(await story.ended, { code: null, signal: "SIGINT" }, story.output());
    assert.match(story.output(), /Interrupted by SIGINT/);
    assertNothingIsLeft(story);
  });

  test("Ctrl-C while Postgres starts", async () => {
    using story = startStory();
    await story.waitForOutput("Starting a Postgres");
    story.signalGroup("SIGINT");
    assert.deepEqual(await story.ended, { code: null, signal: "SIGINT" }, story.output());
    assertNothingIsLeft(story);
  });

  test("Ctrl-C, and again during the cleanup", async () => {
    using story = startStory();
    await story.waitForOutput(steps[4]?.sentence ?? "");
    assertSomethingRuns(story);
    story.signalGroup("SIGINT");
    await story.waitForOutput(lastSentence);
    story.signalGroup("SIGINT");
    assert.deepEqual(await story.ended, { code: null, signal: "SIGINT" }, story.output());
    assertNothingIsLeft(story);
  });

  test("SIGTERM to npm's shell, which does not forward it", async () => {
    using story = startStory({ command: ["sh", "-c", `"${process.execPath}" "${storyFile}" && echo done`] });
    await story.waitForOutput(steps[3]?.sentence ?? "");
    assertSomethingRuns(story);
    story.signal("SIGTERM");
    assert.deepEqual(await story.ended, { code: null, signal: "SIGTERM" }, story.output());
    assert.match(story.output(), /Interrupted by SIGTERM/);
    await waitFor("the story's end", () => story.processes().length === 0);
    assertNothingIsLeft(story);
  });

  test("a reader that exits: npm start | head", async () => {
    using story = startStory();
    await story.waitForOutput(steps[1]?.sentence ?? "");
    assertSomethingRuns(story);
    story.stopReading();
    assert.deepEqual(await story.ended, { code: 128 + 13, signal: null }, story.output());
    assertNothingIsLeft(story);
  });
});

suite("each step of the story", () => {
  const folder = mkdtempSync(join(tmpdir(), "seaworthy-test-steps-"));
  let database: TestDatabase;
  let stage: Stage;
  before(async () => {
    database = await createDatabase();
    stage = openStage({ databaseUrl: database.url, folder, signal: new AbortController().signal });
  });
  after(async () => {
    await stage.clear();
    await database.drop();
    const left = processesIn(folder);
    // A child that keeps running would keep this test process alive.
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true });
    assert.deepEqual(left, []);
  });

  const oldProducts = "GET v1 /products → 200 rope, lantern, compass";
  /** The expected steps. They are repeated here, so that the story cannot come to expect less. */
  const wanted: Readonly<Record<string, readonly (string | RegExp)[]>> = {
    "v1 is upgraded": ["v1 --upgrade → exit 0"],
    "v1 runs": ["GET v1 /health → 200", oldProducts],
    "v2 starts before its migration": [
      "GET v2 /health → 503",
      'GET v2 /products → 500 column "stock" does not exist',
      "GET v1 /health → 200",
      oldProducts,
    ],
    "v2 is upgraded": ["v2 --upgrade → exit 0"],
    "v2 turns healthy": [
      /^GET v2 \/health → 200, \d+ ms after the upgrade's end$/,
      "GET v2 /products → 200 rope (8), lantern (11), compass (11)",
      "GET v1 /health → 200",
      "v1 --status → exit 0",
      /^GET v1 \/health and \/products, since its start → 200, (\d+) times of \1$/,
    ],
    "v1 starts again": ["SIGTERM to v1 → exit 41", "GET v1 /health → 200", oldProducts],
    "v2 is stopped": ["SIGTERM to v2 → exit 42"],
  };
  /** Other expected output. */
  const told: Readonly<Record<string, readonly RegExp[]>> = {
    "v1 is upgraded": [/a backup/, /applied 0001_create_products .*applied 0002_fill_the_shelves/s, /upgraded shop/],
    "v2 starts before its migration": [
      /schema is behind: .*0003_add_stock, 0004_count_stock, 0005_create_orders\b.* --upgrade/,
    ],
    "v2 is upgraded": [
      /from 1\.0\.0 to 2\.0\.0: 3 to apply/,
      /0003_add_stock .*0004_count_stock .*0005_create_orders /s,
      /caches/,
    ],
  };

  for (const { name, play } of steps) {
    test(name, async () => {
      const lines: string[] = [];
      const answers: string[] = [];
      for await (const { asked, answered, notes = [], expected } of play(stage, (line) => lines.push(line))) {
        answers.push(`${asked} → ${answered}`);
        lines.push(...notes);
        assert.equal(expected, undefined, [...answers, ...lines].join("\n"));
      }
      const all = wanted[name] ?? [];
      assert.equal(answers.length, all.length, answers.join("\n"));
      for (const [index, answer] of answers.entries()) {
        const want = all[index] ?? "";
        if (typeof want === "string") assert.equal(answer, want, lines.join("\n"));
        else assert.match(answer, want, lines.join("\n"));
      }
      for (const text of told[name] ?? []) assert.match(lines.join("\n"), text);
    });
  }
});

test("version 2 of the example has every migration of version 1, unchanged", () => {
  const read = (image: string) => {
    const migrations = join(import.meta.dirname, "../../examples/story", image, "migrations");
    return readdirSync(migrations)
      .toSorted()
      .map((file) => [file, readFileSync(join(migrations, file), "utf8")]);
  };
  const [old, current] = [read("v1"), read("v2")];
  assert.deepEqual(current.slice(0, old.length), old);
  assert.equal(current.length, old.length + 3);
});

test("on a terminal the story is in colour and fits the width", () => {
  let written = "";
  const narrator = createNarrator({ write: (text) => (written += text), colour: true, width: 40 });
  narrator.step(1, "A sentence that does not fit into one line of forty characters.");
  narrator.seen({ asked: "GET v1 /health", answered: "200", notes: ["a note that is also longer than forty is"] });
  assert.ok(written.includes(styleText("green", "     ✓ ", { validateStream: false })), JSON.stringify(written));
  const lines = stripVTControlCharacters(written).split("\n");
  assert.deepEqual(
    lines.filter((line) => line.length > 40),
    [],
  );
});
