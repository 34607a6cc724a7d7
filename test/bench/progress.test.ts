import assert from "node:assert/strict";
import { test } from "node:test";
import { showProgress } from "./progress.ts";

function createBench({ isTTY }: { readonly isTTY: boolean }) {
  let ms = 0;
  const written: string[] = [];
  const stderr = { isTTY, write: (text: string) => written.push(text) };
  const progress = showProgress({ title: "apply", rounds: 3, rows: 2, now: () => ms, stderr });
  const run = (round: number, row: number, tookMs: number, isOver = false) => {
    progress.begin(round, row, `round ${round + 1}, row ${row}`);
    ms += tookMs;
    progress.end(row, isOver);
  };
  return { run, written, close: progress.close };
}

test("a log gets a line for each row with the time left, which each row's own mean tells", () => {
  const { run, written } = createBench({ isTTY: false });
  run(0, 0, 2000);
  run(0, 1, 10_000);
  run(1, 0, 2000);
  run(1, 1, 200_000, true);
  run(2, 0, 2000);
  assert.deepEqual(written, [
    "apply: round 1, row 0\n",
    "apply: round 1, row 1, about 10 s left\n",
    "apply: round 2, row 0, about 24 s left\n",
    "apply: round 2, row 1, about 22 s left\n",
    "apply: round 3, row 0, about 2 s left\n",
  ]);
});

test("a log gets no line for each of many short rows", () => {
  const { run, written } = createBench({ isTTY: false });
  for (const round of [0, 1, 2]) for (const row of [0, 1]) run(round, row, 700);
  assert.equal(written.length, 2);
});

test("a terminal has one line, which is empty at the end", () => {
  const { run, written, close } = createBench({ isTTY: true });
  run(0, 0, 1);
  run(0, 1, 1);
  close();
  assert.deepEqual(
    written.map((text) => text.startsWith("\r\u001B[K")),
    [true, true, true],
  );
  assert.equal(written.at(-1), "\r\u001B[K");
});
