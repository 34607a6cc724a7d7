import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import {
  dynamicTag,
  readDynamic,
  readSegments,
  segmentType,
  strip,
  writeDynamicEntry,
  writeSegments,
  type Segment,
} from "../../../docker/build/elf.ts";
import { bundleFile, installedDirectory, programDirectory, programName } from "../../../docker/build/paths.ts";
import { relink } from "../../../docker/build/relink.ts";

/** The largest page of any Linux. */
const pageSize = 0x10000;

describe("reading and writing ELF", () => {
  let node: Buffer;
  before(async () => {
    node = await readFile(process.execPath);
  });

  test("segments read back equal", () => {
    const copy = Buffer.from(node);
    const written = readSegments(copy).map((segment) => ({ ...segment, offset: segment.offset + 8, flags: 7 }));
    writeSegments(copy, written);
    assert.deepEqual(readSegments(copy), written);
  });

  test("an entry of the dynamic section reads back equal, and its neighbours do not change", () => {
    const copy = Buffer.from(node);
    const dynamic = find(readSegments(copy), segmentType.dynamic);
    const expected = readDynamic(copy, dynamic).with(3, { tag: dynamicTag.rpath, value: 0x12_3456 });
    writeDynamicEntry(copy, dynamic, 3, { tag: dynamicTag.rpath, value: 0x12_3456 });
    assert.deepEqual(readDynamic(copy, dynamic), expected);
  });

  test("stripping keeps every loaded byte, and makes the file smaller", () => {
    const stripped = strip(node);
    assert.ok(stripped.length < node.length);
    for (const { offset, fileSize } of loaded(readSegments(node)).slice(1))
      assert.equal(stripped.subarray(offset, offset + fileSize).equals(node.subarray(offset, offset + fileSize)), true);
  });

  test("relinking sets loader, library path and note, and moves nothing else", () => {
    const content = Buffer.from("the note's content, of no round length");
    const changes = { interpreter: "/a/loader", libraryPath: "/a/folder", note: { name: "A_NOTE", content } };
    const relinked = relink(node, "node", changes);
    assert.equal(interpreterOf(relinked), "/a/loader");
    assert.equal(libraryPathOf(relinked), "/a/folder");
    assert.deepEqual(notesOf(relinked).get("A_NOTE"), content);
    // The linker's notes, such as the build id, remain.
    for (const [name, bytes] of notesOf(node)) assert.deepEqual(notesOf(relinked).get(name), bytes);
    const [before, after] = [loaded(readSegments(node)), loaded(readSegments(relinked))];
    assert.deepEqual(after.slice(0, -1), before);
    const added = after.at(-1);
    assert.ok(added);
    assert.equal(isApart(added, before), true);
    // Control: a segment that starts directly after the last one shares its page.
    const last = before.at(-1);
    assert.ok(last);
    assert.equal(isApart({ ...added, address: last.address + last.memorySize }, before), false);
  });

  test("a file that is not a 64-bit program is refused, with a fix", () => {
    const changes = { interpreter: "/a", libraryPath: "/b", note: { name: "N", content: Buffer.alloc(0) } };
    assert.throws(
      () => relink(Buffer.from("#!/bin/sh\n".padEnd(100)), "script", changes),
      /cannot read script: .*Build on Linux/,
    );
    const without = Buffer.from(node);
    writeSegments(
      without,
      readSegments(without).filter(({ type }) => type !== segmentType.interpreter),
    );
    assert.throws(() => relink(without, "static", changes), /cannot relink static: .*Use the Node binary/);
  });
});

test("the built program uses its own loader and libraries, and contains the bundle", async () => {
  const program = await readFile(join(programDirectory, programName));
  const libraries = `${installedDirectory}/lib`;
  assert.match(interpreterOf(program), new RegExp(`^${libraries}/ld-linux-[a-z0-9-]+\\.so\\.\\d$`));
  assert.equal(libraryPathOf(program), libraries);
  const [, body = ""] = (await readFile(bundleFile, "utf8")).split('"use strict";');
  assert.equal(notesOf(program).get("NODE_SEA_BLOB")?.includes(body), true);
  const added = loaded(readSegments(program)).at(-1);
  assert.ok(added);
  assert.equal(isApart(added, loaded(readSegments(program)).slice(0, -1)), true);
});

function loaded(segments: readonly Segment[]): readonly Segment[] {
  return segments.filter(({ type }) => type === segmentType.load);
}

function find(segments: readonly Segment[], type: number): Segment {
  const segment = segments.find((candidate) => candidate.type === type);
  assert.ok(segment, `no segment of type ${type}`);
  return segment;
}

function interpreterOf(program: Buffer): string {
  return bytesOf(program, find(readSegments(program), segmentType.interpreter))
    .toString("latin1")
    .replace(/\0$/, "");
}

/** The dynamic section has an offset into the string table, and the table's address in memory. */
function libraryPathOf(program: Buffer): string {
  const segments = readSegments(program);
  const entries = readDynamic(program, find(segments, segmentType.dynamic));
  const valueOf = (tag: number) => entries.find((entry) => entry.tag === tag)?.value ?? 0;
  const address = valueOf(dynamicTag.strings) + valueOf(dynamicTag.rpath);
  const home = loaded(segments).find(
    (segment) => segment.address <= address && address < segment.address + segment.fileSize,
  );
  assert.ok(home, "the library path is not loaded");
  const start = address - home.address + home.offset;
  return program.subarray(start, program.indexOf(0, start)).toString("latin1");
}

/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html#note_section */
function notesOf(program: Buffer): ReadonlyMap<string, Buffer> {
  const notes = new Map<string, Buffer>();
  for (const segment of readSegments(program).filter(({ type }) => type === segmentType.note)) {
    const bytes = bytesOf(program, segment);
    for (let at = 0; at < bytes.length;) {
      const [nameSize, size] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
      const start = at + 12 + alignUp(nameSize, 4);
      notes.set(
        bytes.subarray(at + 12, at + 12 + nameSize - 1).toString("latin1"),
        bytes.subarray(start, start + size),
      );
      at = start + alignUp(size, 4);
    }
  }
  return notes;
}

/** The segment is last, and shares no page with others: the kernel gives each page one set of rights. */
function isApart(added: Segment, others: readonly Segment[]): boolean {
  const pageOf = (address: number) => Math.floor(address / pageSize);
  return others.every(({ address, memorySize }) => pageOf(address + memorySize - 1) < pageOf(added.address));
}

function bytesOf(file: Buffer, { offset, fileSize }: Segment): Buffer {
  return file.subarray(offset, offset + fileSize);
}

function alignUp(value: number, size: number): number {
  return Math.ceil(value / size) * size;
}
