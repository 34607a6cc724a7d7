import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters, styleText } from "node:util";
import { createNarrator } from "../../../examples/story/narrator.ts";

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
