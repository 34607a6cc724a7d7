import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../../docker/build/paths.ts";

/** The rows of the table below "Where to start": a task, and the files that its row names. */
function tasksIn(text: string) {
  const [, section = ""] = /^## Where to start$([^]*?)^## /m.exec(text) ?? [];
  const rows = [...section.matchAll(/^\| (.+?) +\| (.*?) +\|$/gm)].slice(2);
  return rows.map(([, task = "", files = ""]) => ({
    task,
    files: [...files.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file),
  }));
}

const missing = (files: readonly string[]) => files.filter((file) => !existsSync(join(root, file)));

describe("the table of tasks in CONTRIBUTING.md", () => {
  const tasks = tasksIn(readFileSync(join(root, "CONTRIBUTING.md"), "utf8"));

  test("has twenty tasks, each with a file", () => {
    assert.equal(tasks.length, 20);
    assert.deepEqual(
      tasks.filter(({ files }) => files.length === 0),
      [],
    );
  });

  test("control: a file that does not exist is found", () => {
    const text =
      "## Where to start\n\n| T | S |\n| - | - |\n| A task | `src/nowhere.ts`, `package.json` |\n\n## Next\n";
    assert.deepEqual(tasksIn(text), [{ task: "A task", files: ["src/nowhere.ts", "package.json"] }]);
    assert.deepEqual(missing(["src/nowhere.ts", "package.json"]), ["src/nowhere.ts"]);
  });

  for (const { task, files } of tasks) {
    test(task, () => assert.deepEqual(missing(files), []));
  }
});

test("every file that the architecture page names exists", () => {
  const text = readFileSync(join(root, "docs/architecture.md"), "utf8");
  const names = new Set([...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, name = ""]) => name));
  const files = ["src", "entrypoint"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => `/${folder}/${file}`),
  );
  const unknown = (name: string) => !files.some((file) => file.endsWith(`/${name}`));
  assert.ok(names.size > 40);
  assert.deepEqual([...names].filter(unknown), []);
  assert.ok(unknown("upgrade/no-such-step.ts"), "control");
});
