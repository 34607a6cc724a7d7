import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { suite, test } from "node:test";
import { examples, files } from "./files.ts";

suite("the READMEs of the examples", () => {
  test("the index has every example", () => {
    const folders = readdirSync(examples, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const index = files.find(({ path }) => path === "README.md")?.text ?? "";
    for (const { name } of folders) assert.ok(index.includes(`(${name}/)`), name);
  });

  /** Each says what to copy, both variants, what a failed upgrade looks like, and how to go back. */
  for (const name of ["kubernetes", "helm", "ecs", "nomad", "kamal", "fly", "docker-run", "github-actions"]) {
    test(`${name}: nothing is left out`, () => {
      const text = files.find(({ path }) => path === `${name}/README.md`)?.text ?? "";
      for (const part of ["**What to copy:**", "## Lenient and strict", "## A failed upgrade", "## Rolling back"])
        assert.ok(text.includes(part), part);
      assert.match(text, /^## .*why$|^## Probes$/m);
    });
  }
});
