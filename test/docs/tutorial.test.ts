import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "../../docker/build/paths.ts";
import { createDatabase } from "../harness/database.ts";
import { runProgram, startProgram, type RunningProgram } from "../harness/program.ts";
import { scratchPath } from "../harness/scratch.ts";
import { isAsShown, readSteps } from "./page.ts";

/** What stands for `postgres@db:5432/shop` in the page. */
const shownPlace = "db:5432/shop";

/** test/containers/tutorial.test.ts runs the page in containers. This needs none: it sees at once that a message has changed. */
test("the tutorial's outputs are what the program prints", async () => {
  await using opened = new AsyncDisposableStack();
  const database = opened.adopt(await createDatabase(), ({ drop }) => drop());
  const { host, pathname } = new URL(database.url);
  const folder = scratchPath("shop");
  const images = scratchPath("images");
  const instances = new Map<string, RunningProgram>();
  opened.defer(async () => {
    for (const name of instances.keys()) await stop(name);
  });
  const stop = async (name: string) => {
    await instances.get(name)?.signal("SIGTERM");
    await instances.get(name)?.ended;
    instances.delete(name);
  };
  const optionsOf = (version: string) => ({
    workingDirectory: join(images, version),
    environment: { DATABASE_URL: database.url, APP_VERSION: version },
  });

  let compared = 0;
  for (const step of readSteps(readFileSync(join(root, "docs/tutorial/express-on-postgres.md"), "utf8"))) {
    if (step.kind === "file") {
      mkdirSync(dirname(join(folder, step.path)), { recursive: true });
      writeFileSync(join(folder, step.path), step.text);
      continue;
    }
    const { script, output = "", line } = step;
    const built = /docker build -t shop:(\S+)/.exec(script)?.[1];
    if (built !== undefined) cpSync(folder, join(images, built), { recursive: true });
    const stopped = /docker stop (\S+)/.exec(script)?.[1];
    if (stopped !== undefined) await stop(stopped);
    const [, name = "", started = ""] = /docker run -d --name (shop-\d) .* shop:(\S+)/.exec(script) ?? [];
    if (name !== "") {
      const instance = startProgram(["sleep", "3600"], optionsOf(started));
      instances.set(name, instance);
      await instance.waitForOutput(/schema: unknown → /);
    }
    const [, image, flag = ""] =
      /(?:shop:|exec shop-)(\d)\S* (?:\/opt\/seaworthy\/seaworthy )?(--upgrade|--plan|--status)/.exec(script) ?? [];
    if (image === undefined) continue;
    const { code, stdout, stderr } = await runProgram([flag], optionsOf(`${image}.0.0`));
    const printed = `${stdout}${stderr}${code === 0 ? "" : `exit code ${code}\n`}`.replaceAll(
      host + pathname,
      shownPlace,
    );
    assert.ok(isAsShown(printed, output), `line ${line}: the page shows another output than:\n${printed}`);
    compared++;
  }
  assert.equal(compared, 8);
});
