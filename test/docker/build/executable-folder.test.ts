import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, lstat, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { buildBundle } from "../../../docker/build/bundle.ts";
import { buildExecutable } from "../../../docker/build/executable.ts";
import { programDirectory, root } from "../../../docker/build/paths.ts";

const scratch = await mkdtemp(join(tmpdir(), "seaworthy-executable-"));
after(() => rm(scratch, { recursive: true }));

describe("the folder /opt/seaworthy", () => {
  test("has files only, no links: program, loader and libraries, schema, licences", async () => {
    const files = await filesIn(programDirectory);
    const top = files.filter((file) => !file.includes("/"));
    assert.deepEqual(top, [
      "NODE-LICENSE.txt",
      "THIRD-PARTY-LICENSES.txt",
      "libpg-query.wasm",
      "seaworthy",
      "seaworthy-health.schema.json",
      "seaworthy-later.js",
      "seaworthy.schema.json",
    ]);
    const libraries = files.filter((file) => file.startsWith("lib/"));
    assert.equal(files.length, top.length + libraries.length);
    for (const name of ["ld-linux", "libc.so.6", "libatomic.so.1", "libstdc++.so.6"])
      assert.equal(
        libraries.some((file) => file.startsWith(`lib/${name}`)),
        true,
        name,
      );
    for (const file of files) assert.equal((await lstat(join(programDirectory, file))).isFile(), true, file);
  });

  test("contains no path of the build machine: built elsewhere, it is the same", async () => {
    for (const file of await filesIn(programDirectory))
      assert.equal((await readFile(join(programDirectory, file))).includes(`${root}/`), false, file);
  });

  test("is byte for byte the same when it is built in two places", async () => {
    const [first, second] = [await buildAt("first"), await buildAt("second")];
    assert.deepEqual(first, second);
    assert.equal(first.has("seaworthy"), true);
    // Control: another bundle gives another program.
    const other = join(scratch, "other/seaworthy.cjs");
    await cp(join(scratch, "first"), join(scratch, "other"), { recursive: true });
    await writeFile(other, `${await readFile(other, "utf8")}\n;`);
    const third = await hashesIn(await buildExecutable({ bundle: other, directory: join(scratch, "other-program") }));
    assert.notEqual(third.get("seaworthy"), first.get("seaworthy"));
  });

  async function buildAt(name: string): Promise<ReadonlyMap<string, string>> {
    const bundle = await buildBundle({ outFile: join(scratch, name, "seaworthy.cjs") });
    return hashesIn(await buildExecutable({ bundle, directory: join(scratch, `${name}-program`) }));
  }
});

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

async function hashesIn(folder: string): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (const file of await filesIn(folder))
    hashes.set(
      file,
      createHash("sha256")
        .update(await readFile(join(folder, file)))
        .digest("hex"),
    );
  return hashes;
}
