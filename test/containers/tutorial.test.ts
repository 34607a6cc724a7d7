import assert from "node:assert/strict";
import { accessSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { readSteps, runSteps, type Step } from "../docs/page.ts";
import { ensureNode } from "../harness/engine/bases.ts";
import { docker, dockerProgram, tryDocker, withoutEngine } from "../harness/engine/docker.ts";
import { openEngine, type Engine } from "../harness/engine/engine.ts";
import { scratchPath } from "../harness/scratch.ts";
import { lacking } from "../harness/services.ts";

const page = join(import.meta.dirname, "../../docs/tutorial/express-on-postgres.md");
const images = join(import.meta.dirname, "images");

/** Everything that the page creates. The test removes it all, and is skipped if some of it already exists. */
const made = {
  image: ["seaworthy", "shop:1.0.0", "shop:2.0.0", "shop:3.0.0"],
  container: ["db", "proxy", "shop-1", "shop-2", "shop-3"],
  network: ["shop"],
};
/** Images that the page pulls from a registry. The test builds them instead. */
const bases = { "postgres:18": "postgres", "nginx:1.29": "nginx" };

suite(
  "the tutorial, exactly as written",
  { skip: withoutEngine || lacking("/usr/bin/curl") || (await alreadyThere()) },
  () => {
    const opened = new AsyncDisposableStack();
    let engine: Engine;

    before(async () => {
      // Without it, the page's `until curl …` would never end.
      accessSync("/usr/bin/curl");
      engine = opened.adopt(await openEngine(), ({ end }) => end());
      await ensureNode();
      opened.defer(removeAll);
      for (const [name, folder] of Object.entries(bases)) {
        if (await exists("image", name)) continue;
        opened.defer(async () => void (await docker(["rmi", "--force", name])));
        await docker(["tag", await engine.build(folder, join(images, folder)), name]);
      }
    });
    after(() => opened.disposeAsync());

    test("every command works and prints the output that the page shows", async (t) => {
      const [build, ...steps] = readSteps(readFileSync(page, "utf8"));
      // image.test.ts builds it from the source.
      assert.equal(build?.kind === "command" && build.script, "docker build -t seaworthy -f docker/Dockerfile .\n");
      await engine.buildSeaworthy("seaworthy");
      const folder = scratchPath("tutorial");
      mkdirSync(folder);
      // The page says only `docker`.
      const programs = join(folder, "bin");
      mkdirSync(programs);
      symlinkSync(dockerProgram, join(programs, "docker"));
      const customers = createCustomers("http://localhost:8080/");
      await runSteps(steps, {
        folder,
        programs,
        async onStep(step) {
          if (isCommand(step, "docker build -t shop:2.0.0")) customers.start();
          if (isCommand(step, "docker rm -f")) await customers.stop();
        },
      });
      t.diagnostic(`${customers.answers.length} answers from the first deploy on`);
      const releases = new Set(customers.answers);
      assert.deepEqual([...releases], ["1.0.0", "2.0.0", "3.0.0"], "a request failed, or a release never answered");
      for (const container of made.container) assert.equal(await exists("container", container), false, container);
    });
  },
);

const isCommand = (step: Step, beginning: string) => step.kind === "command" && step.script.startsWith(beginning);

/** Keeps sending requests. Records the release of each answer, or the error. */
function createCustomers(url: string) {
  const answers: string[] = [];
  const stopped = new AbortController();
  let asking = Promise.resolve();
  const ask = async () => {
    const response = await fetch(url, { headers: { connection: "close" } });
    const text = await response.text();
    return response.ok ? (JSON.parse(text) as { readonly release: string }).release : `${response.status}: ${text}`;
  };
  const askOnAndOn = async () => {
    while (!stopped.signal.aborted) {
      answers.push(await ask().catch(String));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return {
    answers,
    start: () => void (asking = askOnAndOn()),
    stop: () => {
      stopped.abort();
      return asking;
    },
  };
}

async function exists(kind: keyof typeof made, name: string): Promise<boolean> {
  return (await tryDocker([kind, "inspect", name])).code === 0;
}

/** The reason to skip the test on this engine, or false. CI skips nothing. */
async function alreadyThere(): Promise<string | false> {
  if (withoutEngine || process.env["CI"]) return false;
  for (const kind of ["image", "container", "network"] as const)
    for (const name of made[kind]) if (await exists(kind, name)) return `the engine already has the ${kind} ${name}`;
  return false;
}

async function removeAll(): Promise<void> {
  await tryDocker(["rm", "--force", "--volumes", ...made.container]);
  for (const network of made.network) await tryDocker(["network", "rm", network]);
  for (const image of made.image) await tryDocker(["rmi", "--force", image]);
}
