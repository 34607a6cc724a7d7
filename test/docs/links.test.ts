import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, test } from "node:test";
import { root } from "../../docker/build/paths.ts";

const pages = globSync(["*.md", "docs/**/*.md", "docker/**/*.md", "examples/**/*.md", ".github/**/*.md"], { cwd: root })
  .filter((path) => !path.includes("node_modules"))
  .toSorted();

/** Every relative link of a page that leads nowhere: to no file, or to no heading of that file. */
function brokenLinks(path: string, text: string): readonly string[] {
  const prose = text.replaceAll(/^```[^]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");
  const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = "", heading] = target.split("#");
      const there = file === "" ? path : resolve(dirname(path), file);
      if (file !== "" && !existsSync(there)) return true;
      return heading !== undefined && !headingsOf(file === "" ? text : readFileSync(there, "utf8")).has(heading);
    });
}

/** As GitHub makes anchors of headings. */
function headingsOf(text: string): ReadonlySet<string> {
  const headings = [...text.replaceAll(/^```[^]*?^```/gm, "").matchAll(/^#+\s+(.+)$/gm)];
  return new Set(
    headings.map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

describe("links between pages", () => {
  test("all pages are read", () => {
    assert.ok(pages.includes("README.md") && pages.includes("docs/architecture.md"), pages.join());
  });

  test("control: a link to no file and a link to no heading are found", () => {
    const text =
      "# A heading\n[a](missing.md) [b](#a-heading) [c](#another) [d](README.md#try-it) [e](README.md#nothing)";
    assert.deepEqual(brokenLinks(join(root, "page.md"), text), ["missing.md", "#another", "README.md#nothing"]);
  });

  for (const page of pages) {
    test(page, () => {
      const path = join(root, page);
      assert.deepEqual(brokenLinks(path, readFileSync(path, "utf8")), [], relative(root, path));
    });
  }
});

describe("pages", () => {
  test("are short: the README at most 200 lines, with the three commands by line 30, and others at most 400", () => {
    for (const page of pages) {
      const lines = readFileSync(join(root, page), "utf8").split("\n");
      const most = page === "README.md" ? 200 : page === "CHANGELOG.md" ? Infinity : 400;
      assert.ok(lines.length <= most, `${page} has ${lines.length} lines`);
      if (page !== "README.md") continue;
      const beginning = lines.slice(0, 30).join("\n");
      for (const command of ["docker build", "--upgrade", "docker run -d"])
        assert.ok(beginning.includes(command), command);
    }
  });

  test("name files of the source that there are", () => {
    for (const page of pages.filter((path) => path !== "CHANGELOG.md")) {
      const text = readFileSync(join(root, page), "utf8");
      const paths = [...text.matchAll(/`((?:src|entrypoint|docker|test|docs)\/[\w./-]+)`/g)].map(
        ([, path = ""]) => path,
      );
      // A name in capitals stands for one of your choice.
      const missing = paths.filter((path) => !/[A-Z]{2}/.test(path) && !existsSync(join(root, path)));
      assert.deepEqual(missing, [], page);
    }
  });

  test("of the manual are all in its index", () => {
    const index = readFileSync(join(root, "docs/README.md"), "utf8");
    const left = pages.filter((page) => /^docs\/.+\//.test(page) && !index.includes(`(${page.slice("docs/".length)})`));
    assert.deepEqual(left, []);
  });
});
