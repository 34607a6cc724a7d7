import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { stepsOn } from "../../../examples/story/steps.ts";
import { startStory, storyFile, type RunningStory } from "../../harness/story.ts";
import { waitFor } from "../../harness/wait.ts";
import { assertNothingIsLeft, lastSentence, players, type Player } from "./players.ts";

/** Checks a running story. Without this, finding nothing later would prove nothing. */
async function waitForProcess(story: RunningStory, { process }: Player): Promise<void> {
  await waitFor(`a process ${process}`, () =>
    story.processes().some(({ commandLine }) => commandLine.join(" ").includes(process)),
  );
}

for (const player of players) {
  const { name, database, skip } = player;
  const argv = ["--database", name];
  suite(`an interrupted story on ${database.title} leaves nothing behind`, { skip }, () => {
    const steps = stepsOn(database);
    const sentenceOf = (step: number) => steps[step]?.sentence ?? "";
    // The last step may end before the test has listed the processes.
    const any = sentenceOf(Math.floor(Math.random() * (steps.length - 1)));

    test(`Ctrl-C during "${any}"`, async () => {
      using story = startStory({ argv });
      await story.waitForOutput(any);
      await waitForProcess(story, player);
      story.signalGroup("SIGINT");
      assert.deepEqual(await story.ended, { code: null, signal: "SIGINT" }, story.output());
      assert.match(story.output(), /Interrupted by SIGINT/);
      assertNothingIsLeft(story);
    });

    test("Ctrl-C while the database starts", async () => {
      using story = startStory({ argv });
      await story.waitForOutput(`Starting a ${database.noun}`);
      story.signalGroup("SIGINT");
      assert.deepEqual(await story.ended, { code: null, signal: "SIGINT" }, story.output());
      assertNothingIsLeft(story);
    });

    test("Ctrl-C, and again during the cleanup", async () => {
      using story = startStory({ argv });
      await story.waitForOutput(sentenceOf(4));
      await waitForProcess(story, player);
      story.signalGroup("SIGINT");
      await story.waitForOutput(lastSentence);
      story.signalGroup("SIGINT");
      assert.deepEqual(await story.ended, { code: null, signal: "SIGINT" }, story.output());
      assertNothingIsLeft(story);
    });

    test("SIGTERM to npm's shell, which does not forward it", async () => {
      const command = `"${process.execPath}" "${storyFile}" --database ${name} && echo done`;
      using story = startStory({ command: ["sh", "-c", command] });
      await story.waitForOutput(sentenceOf(3));
      await waitForProcess(story, player);
      story.signal("SIGTERM");
      assert.deepEqual(await story.ended, { code: null, signal: "SIGTERM" }, story.output());
      assert.match(story.output(), /Interrupted by SIGTERM/);
      await waitFor("the story's end", () => story.processes().length === 0);
      assertNothingIsLeft(story);
    });

    test("a reader that exits: npm start | head", async () => {
      using story = startStory({ argv });
      await story.waitForOutput(sentenceOf(1));
      await waitForProcess(story, player);
      story.stopReading();
      assert.deepEqual(await story.ended, { code: 128 + 13, signal: null }, story.output());
      assertNothingIsLeft(story);
    });
  });
}
