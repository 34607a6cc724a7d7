import assert from "node:assert/strict";
import { globSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { makeImages } from "../../../examples/story/images.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { players } from "./players.ts";

for (const { name, database } of players) {
  test(`${name}: version 2 of the example has every migration of version 1, unchanged`, () => {
    const folder = scratchPath(name);
    mkdirSync(folder);
    const images = makeImages(database, folder);
    const read = (image: string) =>
      readdirSync(join(image, "migrations"))
        .toSorted()
        .map((file) => [file, readFileSync(join(image, "migrations", file), "utf8")]);
    const [old, current] = [read(images.v1), read(images.v2)];
    assert.deepEqual(current.slice(0, old.length), old);
    assert.equal(current.length, old.length + 3);
    if (database.files === undefined) return;

    // A file of the database with a wrong name would replace nothing.
    const own = join(import.meta.dirname, "../../../examples/story", database.files);
    for (const path of globSync(["*.js", "*/*"], { cwd: own }))
      assert.equal(readFileSync(join(images.v2, path), "utf8"), readFileSync(join(own, path), "utf8"), path);
  });
}
