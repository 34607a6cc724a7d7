import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Image } from "../../harness/image.ts";
import { openSuite } from "../../harness/leaks.ts";
import { useMariadb } from "../../harness/mariadb.ts";
import { containerEnvironment, frameworks, openFrameworks, skipOf, start, type Framework } from "./frameworks.ts";

// The frameworks themselves squash their migrations here, and apply the result to old and to empty databases.

const suite = openSuite();
const { createUrl, imageOf } = openFrameworks(suite, useMariadb());
after(() => suite.end());

/** Runs a command of the framework in an image. */
function run(image: Image, url: string, [program, ...argv]: readonly [string, ...string[]]): void {
  const environment = { ...containerEnvironment("3.0.0", url), DB_CONNECTION: "mysql", DB_URL: url };
  execFileSync(program, argv, { cwd: image.folder, env: environment, stdio: "pipe" });
}

async function expectCode(code: number, image: Image, url: string, ...argv: readonly string[]): Promise<string> {
  const { code: found, stdout, stderr } = await start(image, "3.0.0", url, ...argv).ended;
  assert.equal(found, code, `${argv.join(" ")}\n${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

/** A database on which the release with both migrations is, and one on which only the first is. */
async function openOld(framework: Framework) {
  const [current, behind] = [await createUrl(framework), await createUrl(framework)];
  const [both, first] = [imageOf(framework), imageOf(framework)];
  first.remove(framework.second);
  await expectCode(0, both, current, "--upgrade");
  await expectCode(0, first, behind, "--upgrade");
  return { current, behind, squashed: imageOf(framework) };
}

function frameworkOf(title: string, database: Framework["database"]): Framework {
  const found = frameworks.find((one) => one.title === title && one.database === database);
  assert.ok(found);
  return found;
}

const laravel = frameworkOf("Laravel", "MariaDB");
test("Laravel: schema:dump --prune", { skip: skipOf(laravel) }, async () => {
  const { current, behind, squashed } = await openOld(laravel);
  run(squashed, current, ["php", "artisan", "schema:dump", "--prune"]);
  assert.ok(!existsSync(join(squashed.folder, "database/migrations")));
  assert.match(await expectCode(0, squashed, current, "--status"), /compatible/);
  assert.match(await expectCode(0, squashed, current, "--upgrade"), /nothing to do/);
  const reason = /1 migration is not applied: 2026_10_01_000000_add_price.*upgrade this one first with a version/;
  assert.match(await expectCode(1, squashed, behind, "--status"), reason);
  assert.match(await expectCode(1, squashed, behind, "--upgrade"), /2026_10_01_000000_add_price/);

  const empty = await createUrl(laravel);
  assert.match(
    await expectCode(1, squashed, empty, "--status"),
    /`php artisan migrate` loads it into an empty database/,
  );
  await expectCode(0, squashed, empty, "--upgrade");
  assert.match(await expectCode(0, squashed, empty, "--status"), /compatible/);

  const added = "database/migrations/2026_11_01_000000_add_stock_to_products_table.php";
  squashed.write(
    added,
    readFileSync(join(imageOf(laravel).folder, laravel.second), "utf8").replaceAll(/price/gi, "stock"),
  );
  for (const url of [current, empty]) {
    assert.match(
      await expectCode(1, squashed, url, "--status"),
      /1 migration is not applied: 2026_11_01_000000_add_stock/,
    );
    await expectCode(0, squashed, url, "--upgrade");
    assert.match(await expectCode(0, squashed, url, "--status"), /compatible/);
  }
});

const rails = frameworkOf("Rails", "MariaDB");
test("Rails: schema.rb in place of the old files", { skip: skipOf(rails) }, async () => {
  const { current, behind, squashed } = await openOld(rails);
  run(squashed, current, ["bin/rails", "db:schema:dump"]);
  rmSync(join(squashed.folder, "db/migrate"), { recursive: true });
  assert.match(await expectCode(0, squashed, current, "--status"), /compatible/);
  assert.match(await expectCode(0, squashed, current, "--upgrade"), /nothing to do/);
  assert.match(await expectCode(1, squashed, behind, "--status"), /schema\.rb is for empty databases/);
  assert.match(await expectCode(1, squashed, behind, "--upgrade"), /20261001000000/);

  const empty = await createUrl(rails);
  assert.match(
    await expectCode(1, squashed, empty, "--status"),
    /`bin\/rails db:prepare` \(Rails 7.1 or newer\) loads it into an empty database/,
  );
  // As `db:prepare` does since Rails 7.1.
  run(squashed, empty, ["bin/rails", "db:schema:load"]);
  assert.match(await expectCode(0, squashed, empty, "--status"), /compatible/);
});

for (const database of ["SQLite", "MariaDB"] as const) {
  const django = frameworkOf("Django", database);
  test(`Django on ${database}: squashmigrations`, { skip: skipOf(django) }, async () => {
    const { current, behind, squashed } = await openOld(django);
    run(squashed, current, ["/usr/bin/python3", "manage.py", "squashmigrations", "--noinput", "catalogue", "0002"]);
    const folder = "catalogue/migrations";
    const name = readdirSync(join(squashed.folder, folder)).find((file) => file.startsWith("0001_squashed_"));
    assert.ok(name);
    assert.match(await expectCode(0, squashed, current, "--status"), /compatible/);
    assert.match(await expectCode(1, squashed, behind, "--status"), /1 migration is not applied: catalogue\.0002/);
    const empty = await createUrl(django);
    for (const url of [current, behind, empty]) {
      await expectCode(0, squashed, url, "--upgrade");
      await expectCode(0, squashed, url, "--status");
    }
    // The next release has only the squashed file, which then is a migration like others.
    for (const file of readdirSync(join(squashed.folder, folder)))
      if (/^000[12]_/.test(file) && file !== name) squashed.remove(`${folder}/${file}`);
    const code = readFileSync(join(squashed.folder, folder, name), "utf8");
    squashed.write(`${folder}/${name}`, code.replace(/ {4}replaces = .*\n/, ""));
    // Django records the squashed migration when it next migrates.
    for (const url of [behind, empty]) {
      await expectCode(0, squashed, url, "--status");
      assert.match(await expectCode(0, squashed, url, "--upgrade"), /nothing to do/);
    }
  });
}
