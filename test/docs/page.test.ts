import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { describe, test } from "node:test";
import { scratchPath } from "../harness/scratch.ts";
import { isAsShown, readSteps, runSteps } from "./page.ts";

const fence = "```";
const page = (shown: string) => `
# A page

${fence}sh
mkdir inner && cd inner
${fence}

\`words/one.txt\`:

${fence}properties
a=1
${fence}

Print it:

${fence}sh
cat words/one.txt
echo "after 3 ms" >&2
${fence}

It prints:

${fence}text
${shown}
${fence}
`;

async function follow(markdown: string): Promise<void> {
  const folder = scratchPath("page");
  await mkdir(folder);
  await runSteps(readSteps(markdown), { folder });
}

describe("a page whose commands are run", () => {
  test("files, folders and outputs are as the page has them", () => follow(page("a=1\nafter … ms")));

  test("control: an output that is not the one shown is an error", async () => {
    await assert.rejects(follow(page("a=2\nafter … ms")), /line 16: the page shows another output than:\na=1/);
    await assert.rejects(follow(page("a=1")), /another output/);
  });

  test("control: a command that fails is an error", () =>
    assert.rejects(follow(`${fence}sh\nfalse\ntrue\n${fence}\n`), /line 1: exit code 1/));

  test("a block that is neither a file nor a command nor an output is an error", () => {
    for (const block of [`${fence}js\nlet a;\n${fence}\n`, `${fence}text\nout\n${fence}\n`])
      assert.throws(() => readSteps(block), /line 1: this block is no file/);
    assert.throws(() => readSteps(`${page("a")}\n${fence}text\nagain\n${fence}\n`), /this block is no file/);
  });

  test("… stands for a part of one line", () => {
    assert.ok(isAsShown("took 12 ms\n", "took … ms\n"));
    assert.ok(!isAsShown("took 12\n3 ms\n", "took … ms\n"));
    assert.ok(!isAsShown("took 12 ms and more\n", "took … ms\n"));
  });
});
