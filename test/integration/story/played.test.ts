import assert from "node:assert/strict";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, suite, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { stepsOn } from "../../../examples/story/steps.ts";
import { withoutRoot } from "../../harness/program.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { startStory, storyFile } from "../../harness/story.ts";
import { assertNothingIsLeft, lastSentence, players } from "./players.ts";

const root = join(import.meta.dirname, "../../..");

/** A copy of the story in which one file is spoiled. */
function spoiledStory(file: string, content: string): string {
  const copy = scratchPath("spoiled");
  mkdirSync(join(copy, "examples"), { recursive: true });
  for (const name of ["dist", "node_modules", "package.json", "src", "test"])
    symlinkSync(join(root, name), join(copy, name));
  cpSync(join(root, "examples/story"), join(copy, "examples/story"), { recursive: true });
  writeFileSync(join(copy, "examples/story", file), content);
  return join(copy, "examples/story/story.ts");
}

for (const { name, database, skip } of players) {
  suite(`npm start -- --database ${name}, piped`, { skip }, () => {
    const steps = stepsOn(database);
    const folder = database.files ?? "v2";

    test("prints every step in plain text, and leaves nothing behind", async () => {
      using story = startStory({ argv: ["--database", name] });
      const { code } = await story.ended;
      assert.equal(code, 0, story.output());
      const told = story.output().split("\n");
      assert.ok(told[1]?.endsWith(`with real processes on a real ${database.noun}`), story.output());
      for (const [index, sentence] of [...steps.map((step) => step.sentence), lastSentence].entries()) {
        assert.ok(told.includes(`  ${index + 1}  ${sentence}`), `${sentence}\n${story.output()}`);
      }
      assert.match(story.output(), /✓ All 8 steps succeeded, in \d+\.\d s\./);
      assert.doesNotMatch(story.output(), /✗|story-secret/);
      assert.equal(story.output(), stripVTControlCharacters(story.output()));
      assertNothingIsLeft(story);
    });

    test("prints the expectation of a failed step, exits 1, and leaves nothing behind", async () => {
      const spoiled = spoiledStory(
        `${folder}/migrations/0005_create_orders.sql`,
        "CREATE TABLE products (id integer);\n",
      );
      using story = startStory({ command: [process.execPath, spoiled, "--database", name] });
      const { code } = await story.ended;
      assert.equal(code, 1, story.output());
      assert.match(story.output(), /✗ v2 --upgrade → exit 1 \(expected exit 0, .*applied 0005_create_orders/);
      assert.match(story.output(), /✗ Not every step succeeded/);
      assert.ok(!story.output().includes(steps[4]?.sentence ?? ""), "the story continued after a failed step");
      assertNothingIsLeft(story);
    });

    test("an app that answers with less than it should is a failed step too", async () => {
      const spoiled = spoiledStory(
        `${database.files ?? "v1"}/database.js`,
        `export const query = async () => [{ name: "rope" }]; export const close = async () => {};\n`,
      );
      using story = startStory({ command: [process.execPath, spoiled, "--database", name] });
      assert.equal((await story.ended).code, 1, story.output());
      assert.match(story.output(), /✗ GET v1 \/products → 200 rope \(expected 200 rope, lantern, compass\)/);
      assertNothingIsLeft(story);
    });
  });
}

test("npm start without a database plays on Postgres", async () => {
  using story = startStory();
  await story.waitForOutput("with real processes on a real Postgres\n");
  story.signalGroup("SIGINT");
  await story.ended;
  assertNothingIsLeft(story);
});

describe("a story that cannot be played starts nothing", () => {
  for (const [argv, why] of [
    [["--database", "oracle"], '--database is "oracle"'],
    [["--database=MariaDB"], '--database is "MariaDB"'],
    [["--database"], "argument missing"],
    // npm start --database mariadb: npm keeps the option for itself.
    [["mariadb"], "Unexpected argument 'mariadb'"],
    [["--databse", "sqlite"], "Unknown option '--databse'"],
  ] as const) {
    test(`${argv.join(" ")}: exit 64, with the values that are allowed`, async () => {
      using story = startStory({ argv });
      assert.equal((await story.ended).code, 64, story.output());
      assert.match(story.output(), /^cannot play the story: [^\n]*\n$/);
      assert.ok(story.output().includes(why), story.output());
      assert.ok(
        story.output().endsWith("npm start -- --database NAME, where NAME is one of postgres, mariadb, sqlite.\n"),
      );
      assertNothingIsLeft(story);
    });
  }

  test("--database mariadb without MariaDB: exit 69, and the package to install", { skip: withoutRoot }, async () => {
    const hide = 'mount -t tmpfs tmpfs /usr/sbin && exec "$@"';
    const command = [process.execPath, storyFile, "--database", "mariadb"];
    using story = startStory({ command: ["unshare", "--mount", "sh", "-c", hide, "sh", ...command] });
    assert.equal((await story.ended).code, 69, story.output());
    assert.equal(
      story.output(),
      "cannot play the story on MariaDB: /usr/sbin/mariadbd is missing. Install Debian's package mariadb-server.\n",
    );
    assertNothingIsLeft(story);
  });
});
