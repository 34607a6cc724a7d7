import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { startContainer } from "../../harness/container.ts";
import { catches } from "../../harness/dispositions.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { forEachVariant, withoutSeaworthy } from "../../harness/variants.ts";
import { waitFor } from "../../harness/wait.ts";

const [USR2, TERM, SYS, RTMAX] = [12, 15, 31, 64];

forEachVariant("signals before the app exists", {}, (variant) => {
  for (const [signal, code] of [
    [USR2, 128 + USR2],
    [37, 128 + 37],
    [RTMAX, 128 + RTMAX],
    // A remapped code shows that seaworthy handled the exit: if the signal ended seaworthy itself, the code would differ.
    [TERM, 7],
  ] as const) {
    test(`${signal} reaches it once it exists`, async () => {
      const config = makeFifo();
      using container = startContainer(variant, ["--config", config, "sleep", "1000"]);
      await waitFor("the last handler", async () => catches(await container.pid(), SYS));
      await container.send(signal);
      // Meanwhile seaworthy blocks on reading the configuration.
      await writeFile(config, JSON.stringify({ exitCodes: { [128 + TERM]: 7 } }));
      assert.deepEqual(await container.ended, { code, signal: null });
    });
  }

  test("do not reach it without seaworthy (control)", async () => {
    const config = makeFifo();
    const script = `echo reading; read _ <${config}; echo started; exec sleep 1000`;
    using container = startContainer(withoutSeaworthy(variant), ["sh", "-c", script]);
    await container.untilLine("reading");
    await container.send(USR2);
    if (variant.asPid1) {
      await writeFile(config, "\n");
      await container.untilLine("started");
    } else {
      assert.deepEqual(await container.ended, { code: null, signal: "SIGUSR2" });
      assert.equal(container.stdout(), "reading\n");
    }
  });
});

function makeFifo(): string {
  const path = scratchPath("seaworthy.json");
  execFileSync("mkfifo", ["--mode=644", path]);
  return path;
}
