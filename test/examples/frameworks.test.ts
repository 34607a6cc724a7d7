import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import type { TestDatabase } from "../harness/database.ts";
import type { Image } from "../harness/image.ts";
import { openSuite } from "../harness/leaks.ts";
import { runProgram, type Ended } from "../harness/program.ts";
import { lacking } from "../harness/services.ts";

/** An example whose tool is a Debian package. */
interface Framework {
  readonly name: string;
  /** The path of the example's second migration in the image. */
  readonly second: string;
  /** The migration's name in the health check. */
  readonly pending: string;
  /**
   * Changes the migration so that it fails., and changes its length:
   * Python takes a file for the one it compiled if the length and the second of its change are the same.
   */
  readonly spoil: (code: string) => string;
  readonly needs: readonly string[];
}

const frameworks: readonly Framework[] = [
  {
    name: "django",
    second: "catalogue/migrations/0002_product_price.py",
    pending: "catalogue.0002_product_price",
    spoil: (code) => code.replace('"product"', '"nosuchmodel"'),
    needs: ["/usr/lib/python3/dist-packages/django/__init__.py", "/usr/lib/python3/dist-packages/psycopg2/__init__.py"],
  },
  {
    name: "alembic",
    second: "migrations/versions/8a4e0c57d9f2_add_price.py",
    pending: "8a4e0c57d9f2_add_price",
    spoil: (code) => code.replace('"products"', '"nosuchtable"'),
    needs: ["/usr/bin/alembic", "/usr/lib/python3/dist-packages/psycopg2/__init__.py"],
  },
  {
    name: "rails",
    second: "db/migrate/20261001000000_add_price_to_products.rb",
    pending: "20261001000000_add_price_to_products",
    spoil: (code) => code.replace(":products", ":nosuchtable"),
    needs: ["/usr/bin/rails", "/usr/lib/ruby/vendor_ruby/pg.rb"],
  },
  {
    name: "laravel",
    second: "database/migrations/2026_10_01_000000_add_price_to_products_table.php",
    pending: "2026_10_01_000000_add_price_to_products_table",
    spoil: (code) => code.replace("'products'", "'nosuchtable'"),
    needs: [
      "/usr/bin/php",
      "/usr/share/php/Illuminate/Console/autoload.php",
      "/usr/share/php/Illuminate/Database/autoload.php",
      "/usr/share/php/Illuminate/Events/autoload.php",
    ],
  },
];

const root = join(import.meta.dirname, "../..");
const opened = openSuite();
after(opened.end);

/** The example, plus the files that an app of that framework has. */
function imageOf(name: string): Image {
  const image = opened.image({});
  cpSync(join(root, "examples", name), image.folder, { recursive: true });
  const app = join(root, "test/fixtures/examples", name);
  if (existsSync(app)) cpSync(app, image.folder, { recursive: true });
  return image;
}

function run(image: Image, version: string, database: TestDatabase, ...argv: readonly string[]): Promise<Ended> {
  return runProgram(argv, {
    workingDirectory: image.folder,
    environment: {
      PATH: "/usr/bin:/bin",
      APP_VERSION: version,
      SEAWORTHY_APP_NAME: "shop",
      DATABASE_URL: database.url,
      RAILS_ENV: "production",
    },
  });
}

for (const { name, second, pending, spoil, needs } of frameworks) {
  suite(`examples/${name}, with the real tool`, { skip: lacking(...needs) }, () => {
    test("upgrade, a pending migration, upgrade, and the old image on the newer schema", async () => {
      const database = await opened.database();
      const [old, current] = [imageOf(name), imageOf(name)];
      old.remove(second);
      const expectCode = async (code: number, image: Image, ...argv: readonly string[]) => {
        const ended = await run(image, image === old ? "1.0.0" : "2.0.0", database, ...argv);
        assert.equal(ended.code, code, `${argv.join(" ")}\n${ended.stdout}${ended.stderr}`);
        return `${ended.stdout}${ended.stderr}`;
      };

      assert.match(await expectCode(1, old, "--status"), /behind/);
      assert.match(await expectCode(0, old, "--upgrade"), /upgrading shop to 1\.0\.0: 1 to apply/);
      assert.match(await expectCode(0, old, "--status"), /compatible/);

      assert.match(await expectCode(1, current, "--status"), new RegExp(`1 migration is not applied: ${pending}`));
      assert.match(await expectCode(3, current, "--plan"), new RegExp(`2\\.0\\.0: 1 to apply[\\s\\S]*${pending}`));
      await expectCode(0, current, "--upgrade");
      assert.match(await expectCode(0, current, "--status"), /compatible/);
      assert.match(await expectCode(0, current, "--upgrade"), /nothing to do/);

      // As every README says under "Rolling back".
      assert.match(await expectCode(0, old, "--status"), /compatible/);
      assert.match(await expectCode(0, old, "--upgrade"), /nothing to do/);
    });

    test("a failed migration fails the upgrade, and the old image stays healthy", async () => {
      const database = await opened.database();
      const [old, current] = [imageOf(name), imageOf(name)];
      old.remove(second);
      const code = readFileSync(join(current.folder, second), "utf8");
      assert.notEqual(spoil(code), code);
      current.write(second, spoil(code));
      assert.equal((await run(old, "1.0.0", database, "--upgrade")).code, 0);

      const failed = await run(current, "2.0.0", database, "--upgrade");
      assert.equal(failed.code, 1, failed.stderr);
      assert.match(failed.stderr, /upgrade\.migrate .* failed with exit code \d+\. The release is not recorded/);
      assert.equal((await run(current, "2.0.0", database, "--status")).code, 1);
      assert.equal((await run(old, "1.0.0", database, "--status")).code, 0);
    });

    test("control: a tool that does nothing and exits with 0 fails the upgrade", async () => {
      const database = await opened.database();
      const image = imageOf(name);
      const settings = readFileSync(join(image.folder, "seaworthy.yaml"), "utf8");
      image.write("seaworthy.yaml", settings.replace(/^ {2}migrate:(?:.*\n)(?: {4}.*\n)*/m, '  migrate: ["true"]\n'));
      const { code, stderr } = await run(image, "1.0.0", database, "--upgrade");
      assert.equal(code, 1, stderr);
      assert.match(stderr, /still pending/);
    });
  });
}

/** Tools that are not available here. Their histories were recorded elsewhere, and get the example's names. */
const recorded = [
  {
    name: "prisma",
    column: "migration_name",
    names: {
      "20240101000000_create_users": "20260901000000_create_products",
      "20240201000000_create_orders": "20261001000000_add_price",
    },
    table: "_prisma_migrations",
    second: "prisma/migrations/20261001000000_add_price",
    failed: "UPDATE _prisma_migrations SET finished_at = NULL WHERE migration_name = '20261001000000_add_price'",
  },
  {
    name: "flyway",
    column: "version",
    names: { "1": "1", "1.9": "2" },
    table: "flyway_schema_history",
    second: "migrations/V2__add_price.sql",
    failed: "UPDATE flyway_schema_history SET success = false WHERE version = '2'",
  },
] as const;

for (const { name, column, names, table, second, failed } of recorded) {
  test(`examples/${name}, with a recorded history of ${name}`, async () => {
    const database = await opened.database();
    const url = new URL(database.url);
    const image = imageOf(name);
    const settings = readFileSync(join(image.folder, "seaworthy.yaml"), "utf8");
    // The example uses its own roles. This server has only its superuser.
    image.write(
      "seaworthy.yaml",
      settings.replaceAll(
        /shop_(app|upgrade):\$\{[A-Z_]+\}@\$\{DATABASE_HOST\}\/shop/g,
        url.href.replace("postgres://", ""),
      ),
    );
    // Prisma's URLs have this parameter. Other tools ignore it.
    const withSchema = { ...database, url: `${database.url}?schema=public` };
    const statusOf = async () => (await run(image, "1.0.0", withSchema, "--status")).stdout;
    assert.match(await statusOf(), /2 migrations are not applied/);

    const history = readFileSync(join(root, "test/fixtures/histories", name, "postgres.sql"), "utf8");
    const all = Object.entries<string>(names);
    const rename = ([from, to]: readonly [string, string]) =>
      `UPDATE ${table} SET ${column} = '${to}' WHERE ${column} = '${from}';`;
    const known = all.map(([from]) => `'${from}'`).join(", ");
    await database.query(
      `${history}; DELETE FROM ${table} WHERE ${column} NOT IN (${known}); ${all.map(rename).join(" ")}`,
    );
    assert.match(await statusOf(), /compatible/);
    await database.query(failed);
    assert.match(await statusOf(), new RegExp(`dirty[\\s\\S]* recorded \\S+ as failed`));
    await database.query(`DELETE FROM ${table} WHERE ${column} = '${all[1]?.[1]}'`);
    assert.match(await statusOf(), /1 migration is not applied/);
    image.remove(second);
    assert.match(await statusOf(), /compatible/);
  });
}

test("every framework example is tested here", () => {
  const tried = [...frameworks, ...recorded].map(({ name }) => name).toSorted();
  const withHistory = readdirSync(join(root, "examples")).filter((folder) => {
    const file = join(root, "examples", folder, "seaworthy.yaml");
    return existsSync(file) && /history:/.test(readFileSync(file, "utf8"));
  });
  assert.deepEqual(withHistory.toSorted(), tried);
});
