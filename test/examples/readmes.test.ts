import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { suite, test } from "node:test";
import { examples, files } from "./files.ts";

suite("the examples' READMEs", () => {
  test("the index lists every example", () => {
    const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const index = files.find(({ path }) => path === "README.md")?.text ?? "";
    for (const { name } of folders) assert.ok(index.includes(`(${name}/)`), name);
  });

  /** Each README must have all sections. */
  for (const name of ["kubernetes", "helm", "ecs", "nomad", "kamal", "fly", "docker-run", "github-actions"]) {
    test(`${name}: every section is there`, () => {
      const text = files.find(({ path }) => path === `${name}/README.md`)?.text ?? "";
      for (const part of ["**What to copy:**", "## Lenient and strict", "## A failed upgrade", "## Rolling back"])
        assert.ok(text.includes(part), part);
      assert.match(text, /^## .*why$|^## Probes$/m);
    });
  }
});
