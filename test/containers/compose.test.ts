import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { openEngine, type Engine } from "../harness/engine/engine.ts";
import { createProject, withoutCompose, type Project } from "./project.ts";
import { buildShop, type Release, type ShopImages } from "./shop.ts";

suite("the example for Docker Compose, following its README", { skip: withoutCompose(), concurrency: 2 }, () => {
  let engine: Engine;
  let shop: ShopImages;

  before(async () => {
    engine = await openEngine();
    shop = await buildShop(engine, ["1.0.0", "2.0.0", "4.0.0"]);
  });
  after(() => engine.end());

  async function follow(project: Project, ...parameters: Parameters<Project["follow"]>): Promise<void> {
    const { code, stderr } = await project.follow(...parameters);
    assert.equal(code, 0, stderr);
  }

  async function assertServes(project: Project, release: Release): Promise<void> {
    await (await project.container("app")).untilHealth("healthy");
    assert.deepEqual(await project.ask("/products/5"), { id: 5, name: "compass", cents: 500, release });
  }

  suite("strict", { concurrency: 1 }, () => {
    let project: Project;
    before(async () => void (project = await createProject(shop)));
    after(() => project.remove());

    test("the first `up` makes everything healthy", async () => {
      await follow(project, "Start");
      await assertServes(project, "1.0.0");
      assert.equal(await (await project.container("db")).health(), "healthy");
      assert.equal(await (await project.container("upgrade")).ended(), 0);
    });

    test("release 2 is deployed", async () => {
      await follow(project, "Deploy, strict");
      await assertServes(project, "2.0.0");
      assert.match(await (await project.container("upgrade")).logs(), /applied 0003_fill_cents/);
    });

    test("release 1 starts on the newer database, and is healthy", async () => {
      await follow(project, "Roll back");
      await assertServes(project, "1.0.0");
    });

    test("a failed upgrade ends the deployment, and the old app keeps serving", async () => {
      await follow(project, "Deploy, strict");
      await assertServes(project, "2.0.0");
      const app = await project.container("app");
      const { code } = await project.follow("A failed upgrade");
      assert.equal(code, 1);
      assert.match(await (await project.container("upgrade")).logs(), /cannot apply migration 0005_unique_names/);
      assert.equal((await project.container("app")).id, app.id);
      await assertServes(project, "2.0.0");
    });
  });

  suite("lenient", { concurrency: 1 }, () => {
    let project: Project;
    before(async () => {
      project = await createProject(shop);
      await follow(project, "Start");
    });
    after(() => project.remove());

    test("the new app is unhealthy before the upgrade and healthy after it", async () => {
      const upgrade = 2;
      await follow(project, "Deploy, lenient", [0, upgrade]);
      const app = await project.container("app");
      const status = await app.exec("/opt/seaworthy/seaworthy", "--status", "--json");
      assert.match(status.stdout, /0002_add_cents/);
      // Run the image's probe directly: its failures do not count during the start period.
      assert.equal((await app.exec("/opt/seaworthy/seaworthy", "--health")).code, 1);
      assert.equal(await app.health(), "starting");

      await follow(project, "Deploy, lenient", [upgrade]);
      await assertServes(project, "2.0.0");
    });
  });
});
