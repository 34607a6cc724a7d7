import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { scratchPath } from "../../harness/scratch.ts";
import { missing, wantedOf, write } from "./look-at-tool.ts";

suite("Django", () => {
  const migration = (text = "") =>
    `from django.db import migrations\nclass Migration(migrations.Migration):\n    dependencies = []\n${text}`;
  const table = (...rows: readonly string[]) =>
    `CREATE TABLE django_migrations (id integer primary key, app text, name text, applied text);` +
    rows.map((row) => `INSERT INTO django_migrations (app, name) VALUES ('${row.replace(".", "', '")}');`).join("");
  const squashed = {
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": migration(),
    "shop/migrations/0002_orders.py": migration(),
    "shop/migrations/0001_squashed_0002_orders.py": migration(
      '    replaces = [("shop", "0001_initial"), ("shop", "0002_orders")]\n',
    ),
    "shop/migrations/0003_notes.py": migration(),
  };

  test("a squashed migration or all of its replaced migrations are enough", async () => {
    const image = write(squashed);
    const all = ["shop.0001_initial", "shop.0002_orders"];
    assert.deepEqual(wantedOf("django", image), ["shop.0001_squashed_0002_orders", "shop.0003_notes"]);
    assert.deepEqual(await missing("django", image, table(...all, "shop.0003_notes")), []);
    assert.deepEqual(await missing("django", image, table("shop.0001_squashed_0002_orders", "shop.0003_notes")), []);
    assert.deepEqual(await missing("django", image, table()), ["shop.0001_squashed_0002_orders", "shop.0003_notes"]);
    assert.deepEqual(await missing("django", image, table("shop.0001_initial", "shop.0003_notes")), [
      "shop.0002_orders",
    ]);
  });

  test("the key has the app's label, from the project's, the app's or the migrations folder", () => {
    const web = join(scratchPath("project"), "web");
    const image = write(
      {
        "apps.py": 'class ShopConfig(AppConfig):\n    name = "web.shop"\n    label = "store"\n',
        "migrations/0001_initial.py": migration(),
      },
      join(web, "shop"),
    );
    write({ "migrations/0001_initial.py": migration() }, join(web, "blog"));
    assert.deepEqual(wantedOf("django", web), ["blog.0001_initial", "store.0001_initial"]);
    assert.deepEqual(wantedOf("django", image), ["store.0001_initial"]);
    assert.deepEqual(wantedOf("django", join(web, "blog/migrations")), ["blog.0001_initial"]);
  });
});

suite("Alembic", () => {
  const revision = (id: string, down: string, more = "") => `revision = "${id}"\ndown_revision = ${down}\n${more}`;
  const table = (...heads: readonly string[]) =>
    `CREATE TABLE alembic_version (version_num text);` +
    heads.map((head) => `INSERT INTO alembic_version VALUES ('${head}');`).join("");
  //  a ─ b ─ d (merge of b and c) ─ e      x (a branch of its own)
  //  └── c ─┘
  const branches = {
    "versions/1_a.py": revision("a", "None"),
    "versions/2_b.py": `revision: str = 'b'\ndown_revision: Union[str, None] = 'a'\n`,
    "versions/3_c.py": revision("c", '"a"'),
    "versions/0_d.py": revision("d", '("b",\n  "c")'),
    "versions/5_e.py": revision("e", '"d"'),
    "versions/6_x.py": revision("x", "None"),
  };

  test("the ancestors of a head are applied, its descendants are not", async () => {
    const image = write(branches);
    assert.deepEqual(wantedOf("alembic", image), ["1_a", "2_b", "3_c", "0_d", "5_e", "6_x"]);
    assert.deepEqual(await missing("alembic", image, table("e", "x")), []);
    assert.deepEqual(await missing("alembic", image, table("e")), ["6_x"]);
    assert.deepEqual(await missing("alembic", image, table("d", "x")), ["5_e"]);
    assert.deepEqual(await missing("alembic", image, table("b")), ["3_c", "0_d", "5_e", "6_x"]);
    assert.deepEqual(await missing("alembic", image, table("b", "c", "x")), ["0_d", "5_e"]);
    assert.deepEqual((await missing("alembic", image, table())).length, 6);
  });

  test("a head that the image does not know counts as newer", async () => {
    const image = write(branches);
    assert.deepEqual(await missing("alembic", image, table("f", "x")), []);
    assert.deepEqual(await missing("alembic", image, table("f")), []);
    // The descendants of a known head are still not applied.
    assert.deepEqual(await missing("alembic", image, table("f", "d")), ["5_e"]);
  });

  test("the dependencies of an applied revision are applied", async () => {
    const image = write({
      "versions/a.py": revision("a", "None"),
      "versions/b.py": revision("b", "None", 'depends_on = "a"\n'),
    });
    assert.deepEqual(await missing("alembic", image, table("b")), []);
    assert.deepEqual(await missing("alembic", image, table("a")), ["b"]);
  });
});
