import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { debianImage, ensureNode } from "../harness/engine/bases.ts";
import type { EngineContainer } from "../harness/engine/containers.ts";
import type { EngineDatabase } from "../harness/engine/database.ts";
import { withoutEngine } from "../harness/engine/docker.ts";
import { openEngine, type Engine } from "../harness/engine/engine.ts";
import { waitLong } from "../harness/engine/patience.ts";
import { buildNewer, buildReference, referenceImages } from "./reference-images.ts";

/** The restrictions of a hardened cluster. */
const hardened = ["--read-only", "--user=10001", "--cap-drop=ALL", "--security-opt=no-new-privileges"];
/** Probe often: the test need not wait for the image's interval. */
const often = ["--health-interval=1s", "--health-retries=1"];
/** Far longer than a stop may take, so that the engine never sends SIGKILL. */
const patienceSeconds = 60;

suite("reference images", { skip: withoutEngine }, () => {
  let engine: Engine;
  let network: string;
  let seaworthy: string;

  before(async () => {
    await ensureNode();
    engine = await openEngine();
    seaworthy = await engine.buildSeaworthy();
    network = await engine.network("reference");
  });
  after(() => engine.end());

  for (const reference of referenceImages) {
    suite(reference.name, () => {
      let image: string;
      let database: EngineDatabase;
      let reach: readonly string[];

      before(async () => {
        image = await buildReference(engine, seaworthy, reference);
        database = await engine.database(network, `database-${reference.name}`);
        reach = [`--network=${network}`, `--env=DATABASE_URL=${database.url}`];
        await upgrade(image);
      });
      after(() => database.container[Symbol.asyncDispose]());

      const upgrade = async (of: string) => {
        const { code, stderr } = await engine.run(of, [...reach, ...hardened], ["--upgrade"]);
        assert.equal(code, 0, stderr);
      };
      const startBare = async () => {
        const [entrypoint = "", ...parameters] = reference.bare;
        const container = await engine.start(image, [...reach, `--entrypoint=${entrypoint}`], parameters);
        await waitLong("the app", () => answers(container), container.logs);
        return container;
      };

      test("is healthy and serves, without privileges and with a read-only root, and stops at once", async (t) => {
        await using container = await engine.start(image, [...reach, ...hardened]);
        assert.equal(await container.health(), "starting");
        await container.untilHealth("healthy");
        assert.match(await get(container), reference.answer);
        // Measures how long the engine itself takes, at the same time on the same machine.
        await using tini = await engine.start(debianImage, ["--init"], ["sleep", "infinity"]);
        const [stopped, floor] = await Promise.all([container, tini].map((one) => one.stop(patienceSeconds)));
        t.diagnostic(`stopped in ${stopped?.tookMs} ms with ${stopped?.code}; tini with sleep in ${floor?.tookMs} ms`);
        assert.equal(stopped?.code, reference.code, await container.logs());
        const more = stopped.tookMs - (floor?.tookMs ?? 0);
        assert.ok(more < 1000, `stopping took ${more} ms more than the engine needs:\n${await container.logs()}`);
      });

      if (reference.asksDatabase)
        test("answers requests that were sent before it was stopped", async () => {
          await using container = await engine.start(image, [...reach, ...hardened, ...often]);
          await container.untilHealth("healthy");
          const holder = await database.connect();
          try {
            await holder.query("BEGIN; LOCK TABLE products");
            const answer = get(container);
            const waiting = "SELECT 1 FROM pg_locks WHERE relation = 'products'::regclass AND NOT granted";
            await waitLong("the request", async () => (await database.query(waiting)).length > 0, container.logs);
            const stopped = container.stop(patienceSeconds);
            await waitLong("the stop", async () => (await askHealth(container)).includes("draining"), container.logs);
            await holder.query("COMMIT");
            assert.match(await answer, reference.answer);
            assert.equal((await stopped).code, reference.code);
          } finally {
            await holder.end();
          }
        });

      test("a newer image is unhealthy until it ran with --upgrade, and the older one stays healthy", async () => {
        await using old = await engine.start(image, [...reach, ...often]);
        await old.untilHealth("healthy");
        const newer = await buildNewer(engine, image, reference);
        await using container = await engine.start(newer, [...reach, ...often, "--health-start-period=1s"]);
        assert.equal(await container.health(), "starting");
        await container.untilHealth("unhealthy");
        await container.untilProbe(/0003_add_price/);
        assert.equal(await old.health(), "healthy");
        await upgrade(newer);
        await container.untilHealth("healthy");
        assert.equal(await old.health(), "healthy");
        // An older image can start on the newer database.
        await using again = await engine.start(image, [...reach, ...often]);
        await again.untilHealth("healthy");
        for (const one of [old, container, again]) assert.deepEqual(await zombiesOf(one), []);
      });

      const { orphan } = reference;
      if (orphan !== undefined)
        test("orphans are reaped", async () => {
          await using container = await engine.start(image, reach);
          await container.exec(...orphan);
          await waitLong("the orphan to be gone", async () => (await orphansOf(container)).length === 0);
        });

      if (reference.bareLacks === "reap")
        test("without seaworthy, an orphan stays a zombie (control)", async () => {
          await using container = await startBare();
          await container.exec(...(orphan ?? []));
          await waitLong("a zombie", async () => (await zombiesOf(container)).some(({ name }) => name === "sleep"));
        });

      if (reference.bareLacks === "stop")
        test("without seaworthy, the app runs until it is killed (control)", async () => {
          await using container = await startBare();
          assert.equal((await container.stop(2)).code, 137);
        });
    });
  }
});

async function askHealth(container: EngineContainer): Promise<string> {
  return (await container.exec("/opt/seaworthy/seaworthy", "--health")).stdout;
}

async function zombiesOf(container: EngineContainer) {
  return (await container.processes()).filter(({ state }) => state === "Z");
}

async function orphansOf(container: EngineContainer) {
  return (await container.processes()).filter(({ name }) => name === "sleep");
}

function answers(container: EngineContainer): Promise<boolean> {
  return get(container).then(
    () => true,
    () => false,
  );
}

async function get(container: EngineContainer): Promise<string> {
  const response = await fetch(`http://${await container.address()}:8080/`, { headers: { connection: "close" } });
  return response.text();
}
