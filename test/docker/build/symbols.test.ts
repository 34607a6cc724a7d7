import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { execa } from "execa";
import { readSegments, segmentType } from "../../../docker/build/elf.ts";
import { findLibraries } from "../../../docker/build/libraries.ts";
import { dropSymbols, symbolNames } from "../../../docker/build/symbols.ts";

/** What C++ programs share with their library: `std::cout`. */
const shared = "_ZSt4cout";
/** What Node offers to addons. */
const offered = "napi_create_object";
const imported = "epoll_create1";

describe("a Node without the names that nobody asks it for", () => {
  let folder: string;
  let node: Buffer;
  let ofLibraries: ReadonlySet<string>;
  let dropped: Buffer;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "seaworthy-symbols-"));
    node = await readFile(process.execPath);
    const libraries = await Promise.all(findLibraries(process.execPath).map(({ file }) => readFile(file)));
    ofLibraries = new Set(libraries.flatMap((library) => [...symbolNames(library)]));
    dropped = dropSymbols(node, "node", (name) => ofLibraries.has(name));
  });
  after(() => rm(folder, { recursive: true }));

  test("keeps what it imports and what libraries know, and only that", () => {
    const [names, left] = [symbolNames(node), symbolNames(dropped)];
    for (const name of [shared, imported]) assert.equal(left.has(name), true, name);
    assert.equal(names.has(offered), true);
    assert.deepEqual(
      [...names].filter((name) => ofLibraries.has(name) && !left.has(name)),
      [],
    );
    assert.deepEqual(
      [...left].filter((name) => !names.has(name)),
      [],
    );
    assert.equal(left.has(offered), false);
    assert.ok(left.size * 10 < names.size, `${left.size} of ${names.size} are left`);
  });

  test("has its code where it was, and is as long", () => {
    assert.equal(dropped.length, node.length);
    const [tables, ...others] = readSegments(node).filter(({ type }) => type === segmentType.load);
    assert.ok(tables);
    for (const { offset, flags, fileSize } of others) {
      // What can be written holds the dynamic section.
      if (flags % 4 >= 2) continue;
      assert.equal(dropped.subarray(offset, offset + fileSize).equals(node.subarray(offset, offset + fileSize)), true);
    }
  });

  test("runs, and the loader finds what was kept, by its hash", async () => {
    const look = (name: string) =>
      `try { process.getBuiltinModule("node:ffi").dlopen(null, { ${name}: { return: "void", arguments: [] } }); console.log("found"); } catch { console.log("not found"); }`;
    const script = [shared, offered, imported].map(look).join("\n");
    const found = async (name: string, program: Buffer) => {
      const file = join(folder, name);
      await writeFile(file, program);
      await chmod(file, 0o755);
      const { stdout } = await execa(file, ["--disable-warning=ExperimentalWarning", "-e", script], {
        env: { LD_BIND_NOW: "1" },
      });
      return stdout.split("\n");
    };
    assert.deepEqual(await found("dropped", dropped), ["found", "not found", "found"]);
    // Control: Node as it is.
    assert.deepEqual(await found("node", node), ["found", "found", "found"]);
  });

  test("dropping again changes nothing", () => {
    const again = dropSymbols(dropped, "node", (name) => ofLibraries.has(name));
    assert.deepEqual(symbolNames(again), symbolNames(dropped));
  });
});
