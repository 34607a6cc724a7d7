import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import { debianImage } from "../harness/engine/bases.ts";
import { withoutEngine } from "../harness/engine/docker.ts";
import { openEngine, type Engine } from "../harness/engine/engine.ts";

const files = (seaworthy: string) => ({
  "migrations/0001_create_products.sql": "CREATE TABLE products (id int);",
  Dockerfile: `FROM ${debianImage}
WORKDIR /app
COPY migrations migrations
COPY --from=${seaworthy} /opt/seaworthy /opt/seaworthy
ENTRYPOINT ["/opt/seaworthy/seaworthy"]
HEALTHCHECK --interval=1s --retries=1 CMD ["/opt/seaworthy/seaworthy", "--health"]
CMD ["sleep", "infinity"]
`,
});

suite("a Docker engine", { skip: withoutEngine }, () => {
  let engine: Engine;
  let image: string;

  before(async () => {
    engine = await openEngine();
    image = await engine.buildFiles("app", files(await engine.buildSeaworthy()));
  });
  after(() => engine.end());

  test("an app without dependencies becomes healthy, and the container exits with its code", async () => {
    const container = await engine.start(image);
    await container.untilHealth("healthy");
    assert.equal((await container.stop()).code, 143);
  });

  test("an app with a database becomes healthy after its image ran with --upgrade", async () => {
    const network = await engine.network("shop");
    const database = await engine.database(network);
    const flags = [`--network=${network}`, `--env=DATABASE_URL=${database.url}`];
    const container = await engine.start(image, flags);
    await container.untilHealth("unhealthy");
    const upgrade = await engine.run(image, flags, ["--upgrade"]);
    assert.equal(upgrade.code, 0, upgrade.stderr);
    await container.untilHealth("healthy");
    assert.deepEqual(await database.query("SELECT count(*)::int AS rows FROM products"), [{ rows: 0 }]);
  });
});
