import assert from "node:assert/strict";
import { test } from "node:test";
import { runContainer, startContainer } from "../../harness/container.ts";
import { withoutRoot } from "../../harness/program.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";

/** The limit from docs/reference/limits.md, and the lower one below which Node aborts. */
const enough = 24;
const belowEnough = [23, 22, 21];
const tooMany = /too many files are open \(EMFILE\)\. Raise the container's limit of open files \(ulimit -n\)/;
const limited = (hard: number) => ({ before: `ulimit -n ${hard}` });
const show = ["sh", "-c", "ulimit -H -n"];

forEachVariant("a hard limit of open files", { skip: withoutRoot }, (variant) => {
  test("that is just enough: health is served, and the app has the container's limit", async () => {
    const app = ["sh", "-c", "ulimit -H -n; trap 'exit 7' TERM; while :; do sleep 0.01; done"];
    using container = startContainer(variant, app, limited(enough));
    await container.untilLine(String(enough));
    await container.until("health", () => container.stderr().includes("serving health on"));
    await container.send("SIGTERM");
    assert.deepEqual(await container.ended, { code: 7, signal: null });
  });

  test("that is just enough for --exec and --status", async () => {
    const exec = await runContainer(variant, ["--exec", ...show], limited(enough));
    assert.deepEqual([exec.code, exec.stdout], [0, `${enough}\n`], exec.stderr);
    const status = await runContainer(variant, ["--status"], { ...limited(enough), settings: {} });
    assert.equal(status.code, 0, status.stderr);
  });

  for (const hard of belowEnough) {
    test(`of ${hard}: seaworthy exits with a message that names the limit`, async () => {
      for (const argv of [show, ["--exec", ...show], ["--status"]]) {
        const { code, stderr, stdout } = await runContainer(variant, argv, { ...limited(hard), settings: {} });
        if (code === 0) continue;
        assert.ok(code === 78 || code === 126, `${code}: ${stderr}`);
        assert.equal(stdout, "");
        assert.match(stderr, tooMany);
        assert.doesNotMatch(stderr, /internal error|must be next to|health\.listen|at \S+:\d+:\d+/);
      }
    });
  }

  test("is also the app's without seaworthy (control)", async () => {
    const { stdout } = await runContainer(withoutSeaworthy(variant), show, limited(enough));
    assert.equal(stdout, `${enough}\n`);
  });
});
