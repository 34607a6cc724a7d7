import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assertCode, run, start, upgrade } from "../../fixtures/upgrade/shop.ts";
import { configuration } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { lacksMariadb, useMariadb } from "../../harness/mariadb.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { waitFor } from "../../harness/wait.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";

const suite = openSuite();
const mariadb = useMariadb();
after(() => suite.end());

const engines = [
  { title: "Postgres", skip: false, create: async () => (await suite.database()).url },
  { title: "MariaDB", skip: lacksMariadb() ?? false, create: async () => mariadb().url },
  {
    title: "SQLite",
    skip: false,
    create: async () => `sqlite:${scratchPath("shop.db")}`,
  },
] as const;

const waits = ["sh", "-c", "touch begun; until [ -e go ]; do sleep 0.02; done"];

for (const { title, skip, create } of engines) {
  test(`verdicts before, in and after an upgrade on ${title}`, { skip }, async () => {
    const url = await create();
    const own = { kind: "schema", url, migrations: "migrations" };
    const self = { kind: "release", url };
    const imageOf = (dependencies: object, version: string) => {
      const image = suite.image(
        configuration({ app: { name: "shop", version }, dependencies, upgrade: { before: [waits] } }),
      );
      image.write("migrations/1_a.sql", "CREATE TABLE a (id int);");
      image.write("umzug/1_a.js", "queryInterface");
      return image;
    };
    const image = imageOf({ own, self }, "1.0.0");
    // Looks at what another tool has migrated, too, which an upgrade of this image would not.
    const tool = { kind: "schema", url, history: "umzug", migrations: "umzug" };
    const watcher = imageOf({ own, self, tool }, "1.0.0");
    const verdicts = async () => {
      const { stdout } = await run(watcher, ["--status", "--json"]);
      const { dependencies } = JSON.parse(stdout) as { dependencies: { name: string; verdict: string }[] };
      return Object.fromEntries(dependencies.map(({ name, verdict }) => [name, verdict]));
    };

    const absent = title === "SQLite" ? "unreachable" : "behind";
    assert.deepEqual(await verdicts(), { own: absent, self: absent, tool: absent });
    const running = start(image, ["--upgrade"]);
    await waitFor("the hook", async () => existsSync(join(image.folder, "begun")));
    assert.deepEqual(await verdicts(), { own: "upgrading", self: "behind", tool: "upgrading" });
    image.write("go", "");
    assertCode(await running.ended, 0);
    assert.deepEqual(await verdicts(), { own: "compatible", self: "compatible", tool: "behind" });
    const next = imageOf({ own, self }, "2.0.0");
    next.write("migrations/2_b.sql", "-- seaworthy: contract 2.0.0\nDROP TABLE a;");
    next.write("go", "");
    await upgrade(next);
    assert.deepEqual(await verdicts(), { own: "outgrown", self: "compatible", tool: "behind" });
  });
}
