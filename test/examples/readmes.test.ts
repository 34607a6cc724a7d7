import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { examples, files, filesLike } from "./files.ts";

/** As GitHub makes an anchor of a heading. */
function anchorsIn(markdown: string): readonly string[] {
  const headings = markdown.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(/\s/g, "-"),
  );
}

function assertLinks(path: string, folder: string, text: string): number {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^\w+:/.test(link));
  for (const link of links) {
    const [target = "", anchor] = link.split("#", 2);
    const place = join(folder, target);
    assert.ok(existsSync(place), `${path}: ${link}`);
    if (anchor === undefined) continue;
    const markdown =
      target === "" ? text : readFileSync(place.endsWith(".md") ? place : join(place, "README.md"), "utf8");
    assert.ok(anchorsIn(markdown).includes(anchor), `${path}: ${link}`);
  }
  return links.length;
}

suite("the READMEs of the examples", () => {
  for (const { path, folder, text } of filesLike(/\.md$/)) {
    test(`${path} links to what is there`, () => void assertLinks(path, folder, text));
  }

  test("so does the project's", () => {
    const root = join(examples, "..");
    assert.ok(assertLinks("README.md", root, readFileSync(join(root, "README.md"), "utf8")) > 15);
  });

  test("the control: a link to nothing is found", () => {
    assert.throws(() => assertLinks("x", examples, "[x](nowhere/)"));
    assert.throws(() => assertLinks("x", examples, "# Here\n[x](#there)"));
  });

  test("the index has every example, and the project's README every orchestrator", () => {
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
