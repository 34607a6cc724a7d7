/**
 * Reads and writes the parts of an ELF program that the kernel and the loader use: the program header table and the
 * dynamic section. Supports 64-bit little-endian files, the format on every Linux that Node supports.
 * https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.pheader.html
 */

export type Segment = Readonly<{
  type: number;
  flags: number;
  /** Its position in the file, in bytes. */
  offset: number;
  /** Its address in memory. */
  address: number;
  fileSize: number;
  memorySize: number;
  alignment: number;
}>;

export type DynamicEntry = Readonly<{ tag: number; value: number }>;

export const segmentType = { load: 1, dynamic: 2, interpreter: 3, note: 4, table: 6 } as const;
export const readable = 4;
export const dynamicTag = { end: 0, strings: 5, rpath: 15, runpath: 29 } as const;
export const segmentEntrySize = 56;

const dynamicEntrySize = 16;
const header = { table: 32, sections: 40, entrySize: 54, count: 56, sectionCount: 60, sectionNames: 62 } as const;

export function assertElf(file: Buffer, name: string): void {
  const magic = file.subarray(0, 6).toString("latin1");
  if (magic !== "\x7fELF\x02\x01" || file.readUInt16LE(header.entrySize) !== segmentEntrySize) {
    throw new Error(`cannot read ${name}: it is not a 64-bit little-endian ELF program. Build on Linux, x64 or arm64`);
  }
}

export function segmentTableOffset(file: Buffer): number {
  return readNumber(file, header.table);
}

export function readSegments(file: Buffer): Segment[] {
  return Array.from({ length: file.readUInt16LE(header.count) }, (_, index) => {
    const at = segmentTableOffset(file) + index * segmentEntrySize;
    return {
      type: file.readUInt32LE(at),
      flags: file.readUInt32LE(at + 4),
      offset: readNumber(file, at + 8),
      address: readNumber(file, at + 16),
      fileSize: readNumber(file, at + 32),
      memorySize: readNumber(file, at + 40),
      alignment: readNumber(file, at + 48),
    };
  });
}

/** Writes the table in place. If it has grown, the caller must make sure that there is room. */
export function writeSegments(file: Buffer, segments: readonly Segment[]): void {
  file.writeUInt16LE(segments.length, header.count);
  for (const [index, segment] of segments.entries()) {
    const at = segmentTableOffset(file) + index * segmentEntrySize;
    file.writeUInt32LE(segment.type, at);
    file.writeUInt32LE(segment.flags, at + 4);
    writeNumber(file, segment.offset, at + 8);
    writeNumber(file, segment.address, at + 16);
    writeNumber(file, segment.address, at + 24); // the physical address, which Linux ignores
    writeNumber(file, segment.fileSize, at + 32);
    writeNumber(file, segment.memorySize, at + 40);
    writeNumber(file, segment.alignment, at + 48);
  }
}

/** Removes everything that is never loaded (symbols, debug information) and the section table, which only tools read. */
export function strip(file: Buffer): Buffer {
  const loaded = readSegments(file).filter(({ type }) => type === segmentType.load);
  const stripped = Buffer.from(file.subarray(0, Math.max(...loaded.map(({ offset, fileSize }) => offset + fileSize))));
  writeNumber(stripped, 0, header.sections);
  stripped.writeUInt16LE(0, header.sectionCount);
  stripped.writeUInt16LE(0, header.sectionNames);
  return stripped;
}

/** Every slot of the dynamic section, including spare ones at its end. */
export function readDynamic(file: Buffer, { offset, fileSize }: Segment): DynamicEntry[] {
  return Array.from({ length: fileSize / dynamicEntrySize }, (_, index) => ({
    tag: readNumber(file, offset + index * dynamicEntrySize),
    value: readNumber(file, offset + index * dynamicEntrySize + 8),
  }));
}

export function writeDynamicEntry(file: Buffer, { offset }: Segment, index: number, entry: DynamicEntry): void {
  writeNumber(file, entry.tag, offset + index * dynamicEntrySize);
  writeNumber(file, entry.value, offset + index * dynamicEntrySize + 8);
}

function readNumber(file: Buffer, at: number): number {
  return Number(file.readBigUInt64LE(at));
}

function writeNumber(file: Buffer, value: number, at: number): void {
  file.writeBigUInt64LE(BigInt(value), at);
}
