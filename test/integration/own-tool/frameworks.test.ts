import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { useMariadb } from "../../harness/mariadb.ts";
import { frameworks, openFrameworks, skipOf, start } from "./frameworks.ts";

const suite = openSuite();
const { createUrl, imageOf } = openFrameworks(suite, useMariadb());
after(() => suite.end());

for (const framework of frameworks) {
  const { title, database, second, pending, spoil } = framework;
  describe(`${title} on ${database}, with the lock in the same database`, { skip: skipOf(framework) }, () => {
    /** The image of release 1.0.0, which lacks the second migration, and that of 2.0.0. */
    async function open() {
      const url = await createUrl(framework);
      const [old, current] = [imageOf(framework), imageOf(framework)];
      old.remove(second);
      const expectCode = async (code: number, image: Image, ...argv: readonly string[]) => {
        const ended = await start(image, image === old ? "1.0.0" : "2.0.0", url, ...argv).ended;
        assert.equal(ended.code, code, `${argv.join(" ")}\n${ended.stdout}${ended.stderr}`);
        return `${ended.stdout}${ended.stderr}`;
      };
      return { url, old, current, expectCode };
    }

    test("upgrade, a pending migration, upgrade, and the old image on the newer schema", async () => {
      const { old, current, expectCode } = await open();
      assert.match(await expectCode(0, old, "--upgrade"), /upgrading shop to 1\.0\.0: 1 to apply/);
      assert.match(await expectCode(0, old, "--status"), /compatible/);
      assert.match(await expectCode(1, current, "--status"), new RegExp(`1 migration is not applied: ${pending}`));
      assert.match(await expectCode(3, current, "--plan"), new RegExp(`2\\.0\\.0: 1 to apply[\\s\\S]*${pending}`));
      assert.match(await expectCode(0, current, "--upgrade"), /running upgrade\.migrate[^]*upgraded shop to 2\.0\.0/);
      assert.match(await expectCode(0, current, "--status"), /compatible/);
      assert.match(await expectCode(0, current, "--upgrade"), /nothing to do/);
      assert.match(await expectCode(0, old, "--status"), /compatible/);
      assert.match(await expectCode(0, old, "--upgrade"), /nothing to do/);
    });

    test("four upgrades at once run it once", async () => {
      const { url, current } = await open();
      const ends = await Promise.all([1, 2, 3, 4].map(() => start(current, "2.0.0", url, "--upgrade").ended));
      for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
      assert.equal(ends.filter(({ stderr }) => stderr.includes("running upgrade.migrate")).length, 1);
    });

    test("a failed migration fails the upgrade, and the old image stays healthy", async () => {
      const { old, current, expectCode } = await open();
      const code = readFileSync(join(current.folder, second), "utf8");
      assert.notEqual(spoil(code), code);
      current.write(second, spoil(code));
      await expectCode(0, old, "--upgrade");
      assert.match(
        await expectCode(1, current, "--upgrade"),
        /upgrade\.migrate .* failed with exit code \d+\. The release is not recorded/,
      );
      await expectCode(1, current, "--status");
      await expectCode(0, old, "--status");
      current.write(second, code);
      await expectCode(0, current, "--upgrade");
      await expectCode(0, current, "--status");
    });
  });
}
