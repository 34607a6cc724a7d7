/**
 * The names that a program and its libraries find each other by: the dynamic symbols, with their strings, versions and
 * hash table (64 bits, little-endian).
 * https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.symtab.html
 * https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html
 */
import { readDynamic, readSegments, segmentType, writeDynamicEntry } from "./elf.ts";

const tag = {
  needed: 1,
  relocationsOfCallsSize: 2,
  hash: 4,
  strings: 5,
  symbols: 6,
  relocations: 7,
  relocationsSize: 8,
  stringsSize: 10,
  soname: 14,
  rpath: 15,
  relocationsOfCalls: 23,
  runpath: 29,
  versions: 0x6fff_fff0,
  definedVersions: 0x6fff_fffc,
  neededVersions: 0x6fff_fffe,
  neededVersionsCount: 0x6fff_ffff,
  gnuHash: 0x6fff_fef5,
} as const;

const symbolSize = 24;
const relocationSize = 24;

/** The names of everything that a library offers or asks for. */
export function symbolNames(library: Buffer): ReadonlySet<string> {
  const { count, nameAt } = readTables(library);
  return new Set(Array.from({ length: count }, (_, index) => nameAt(index)));
}

/**
 * Takes the names out of a program that nobody asks it for. Node offers 45,000 to addons, which a single executable does
 * not load: 4 MB, all of which the loader would read at every start. What its libraries may share with it stays, and so
 * does whatever it imports; nothing moves.
 * @param isShared whether a library that it is linked with knows this name
 */
export function dropSymbols(program: Buffer, name: string, isShared: (symbol: string) => boolean): Buffer {
  const result = Buffer.from(program);
  const tables = readTables(program);
  const { valueOf, offsetOf, symbols, strings, firstHashed, count, nameAt } = tables;
  if (valueOf(tag.hash) !== undefined || valueOf(tag.definedVersions) !== undefined)
    throw new Error(`cannot drop the symbols of ${name}: it has tables that Node's own binaries have not`);

  const relocated = relocationsOf(program, tables);
  const asked = new Set(relocated.map(({ symbol }) => symbol));
  const stays = (index: number) => index < firstHashed || asked.has(index) || isShared(nameAt(index));
  const kept = Array.from({ length: count }, (_, index) => index).filter(stays);
  const imported = kept.filter((index) => index < firstHashed);
  const buckets = Math.max(1, kept.length - imported.length);
  const hashed = kept
    .filter((index) => index >= firstHashed)
    .map((index) => ({ index, hash: hashOf(nameAt(index)) }))
    .toSorted((a, b) => (a.hash % buckets) - (b.hash % buckets));
  const order = [...imported, ...hashed.map(({ index }) => index)];
  const places = new Map(order.map((index, place) => [index, place]));

  const text = createStringTable();
  const moveString = (at: number) =>
    result.writeUInt32LE(text.add(stringAt(program, strings + program.readUInt32LE(at))), at);
  const entries = order.map((index) => {
    const entry = Buffer.from(program.subarray(symbols + index * symbolSize, symbols + (index + 1) * symbolSize));
    entry.writeUInt32LE(text.add(nameAt(index)), 0);
    return entry;
  });
  const versionsAt = offsetOf(tag.versions);
  const versions = order.map((index) => program.subarray(versionsAt + index * 2, versionsAt + index * 2 + 2));
  for (const at of namesOfVersions(program, tables)) moveString(at);
  for (const { at, symbol } of relocated) result.writeUInt32LE(places.get(symbol) ?? 0, at);

  replace(result, symbols, count * symbolSize, Buffer.concat(entries));
  replace(result, versionsAt, count * 2, Buffer.concat(versions));
  const hashSize = 16 + program.readUInt32LE(tables.hash + 8) * 8 + tables.bucketCount * 4 + (count - firstHashed) * 4;
  replace(result, tables.hash, hashSize, encodeHash(hashed, imported.length, buckets));

  for (const [index, entry] of tables.entries.entries()) {
    if (entry.tag === tag.needed || entry.tag === tag.soname || entry.tag === tag.rpath || entry.tag === tag.runpath)
      writeDynamicEntry(result, tables.dynamic, index, {
        ...entry,
        value: text.add(stringAt(program, strings + entry.value)),
      });
  }
  const size = tables.entries.findIndex((entry) => entry.tag === tag.stringsSize);
  const content = text.content();
  replace(result, strings, valueOf(tag.stringsSize) ?? 0, content);
  writeDynamicEntry(result, tables.dynamic, size, { tag: tag.stringsSize, value: content.length });
  return result;
}

/** In place of what was there, which must be no shorter; zeros behind it. */
function replace(file: Buffer, offset: number, size: number, content: Buffer): void {
  if (content.length > size) throw new Error("internal error: a table has grown");
  file.fill(0, offset, offset + size);
  content.copy(file, offset);
}

function readTables(file: Buffer) {
  const segments = readSegments(file);
  const dynamic = segments.find(({ type }) => type === segmentType.dynamic);
  if (dynamic === undefined) throw new Error("cannot read the symbols of a static program");
  const entries = readDynamic(file, dynamic);
  const valueOf = (wanted: number) => entries.find((entry) => entry.tag === wanted)?.value;
  const offsetOf = (wanted: number): number => {
    const address = valueOf(wanted);
    const segment = segments.find(
      ({ type, address: start, fileSize }) =>
        type === segmentType.load && address !== undefined && address >= start && address < start + fileSize,
    );
    if (address === undefined || segment === undefined)
      throw new Error(`cannot read symbols: no table of tag ${wanted}`);
    return address - segment.address + segment.offset;
  };
  const [symbols, strings, hash] = [offsetOf(tag.symbols), offsetOf(tag.strings), offsetOf(tag.gnuHash)];
  const [bucketCount, firstHashed] = [file.readUInt32LE(hash), file.readUInt32LE(hash + 4)];
  return {
    dynamic,
    entries,
    valueOf,
    offsetOf,
    symbols,
    strings,
    hash,
    bucketCount,
    /** Those before it are imported; they come in no order. */
    firstHashed,
    count: countSymbols(file, hash),
    nameAt: (index: number) => stringAt(file, strings + file.readUInt32LE(symbols + index * symbolSize)),
  };
}

type Tables = ReturnType<typeof readTables>;

/** Nothing says how many there are: the chain of the last bucket ends with the last symbol. */
function countSymbols(file: Buffer, hash: number): number {
  const [bucketCount, first, bloomSize] = [0, 4, 8].map((at) => file.readUInt32LE(hash + at)) as [
    number,
    number,
    number,
  ];
  const buckets = hash + 16 + bloomSize * 8;
  const chains = buckets + bucketCount * 4;
  let last = Math.max(...Array.from({ length: bucketCount }, (_, index) => file.readUInt32LE(buckets + index * 4)));
  if (last === 0) return first;
  while (file.readUInt32LE(chains + (last - first) * 4) % 2 === 0) last++;
  return last + 1;
}

/** Where the number of each relocation's symbol stands. */
function relocationsOf(file: Buffer, { valueOf, offsetOf }: Tables): readonly { at: number; symbol: number }[] {
  const tablesOf = [
    [tag.relocations, tag.relocationsSize],
    [tag.relocationsOfCalls, tag.relocationsOfCallsSize],
  ] as const;
  return tablesOf.flatMap(([table, size]) => {
    if (valueOf(table) === undefined) return [];
    const start = offsetOf(table);
    return Array.from({ length: (valueOf(size) ?? 0) / relocationSize }, (_, index) => {
      // r_info: the type in the lower half, the symbol in the upper one.
      const at = start + index * relocationSize + 12;
      return { at, symbol: file.readUInt32LE(at) };
    });
  });
}

/** Where the versions that are asked of libraries refer to strings: the library's name, and each version's. */
function namesOfVersions(file: Buffer, { valueOf, offsetOf }: Tables): readonly number[] {
  const places: number[] = [];
  let need = offsetOf(tag.neededVersions);
  for (let left = valueOf(tag.neededVersionsCount) ?? 0; left > 0; left--) {
    places.push(need + 4);
    let version = need + file.readUInt32LE(need + 8);
    for (let inNeed = file.readUInt16LE(need + 2); inNeed > 0; inNeed--) {
      places.push(version + 8);
      version += file.readUInt32LE(version + 12);
    }
    need += file.readUInt32LE(need + 12);
  }
  return places;
}

interface Hashed {
  readonly hash: number;
}

/** For a lookup: a filter that says no to nearly all that is not there, and chains of hashes, whose last one is odd. */
function encodeHash(symbols: readonly Hashed[], first: number, buckets: number): Buffer {
  // As GNU ld chooses them: about a dozen bits of filter a symbol.
  const words = 2 ** Math.max(0, Math.ceil(Math.log2(Math.max(1, symbols.length) * 12)) - 6);
  const shift = 14;
  const filter = Array.from({ length: words }, () => 0n);
  const starts = Array.from({ length: buckets }, () => 0);
  const chains = symbols.map(({ hash }, index) => {
    const word = Math.floor(hash / 64) % words;
    filter[word] = (filter[word] ?? 0n) | (1n << BigInt(hash % 64)) | (1n << BigInt((hash >>> shift) % 64));
    const bucket = hash % buckets;
    starts[bucket] ||= first + index;
    const next = symbols[index + 1];
    const isLast = next === undefined || next.hash % buckets !== bucket;
    return ((hash & ~1) | (isLast ? 1 : 0)) >>> 0;
  });
  const table = Buffer.alloc(16 + words * 8 + (buckets + chains.length) * 4);
  for (const [index, value] of [buckets, first, words, shift].entries()) table.writeUInt32LE(value, index * 4);
  for (const [index, value] of filter.entries()) table.writeBigUInt64LE(value, 16 + index * 8);
  for (const [index, value] of [...starts, ...chains].entries()) table.writeUInt32LE(value, 16 + words * 8 + index * 4);
  return table;
}

/** https://flapenguin.me/elf-dt-gnu-hash describes what no specification does. */
function hashOf(name: string): number {
  let hash = 5381;
  for (const byte of Buffer.from(name, "latin1")) hash = (Math.imul(hash, 33) + byte) >>> 0;
  return hash;
}

function stringAt(file: Buffer, offset: number): string {
  return file.toString("latin1", offset, file.indexOf(0, offset));
}

/** Each string once. The first is empty, as the format wants it. */
function createStringTable(): { readonly add: (text: string) => number; readonly content: () => Buffer } {
  const places = new Map([["", 0]]);
  let size = 1;
  return {
    add(text) {
      const known = places.get(text);
      if (known !== undefined) return known;
      places.set(text, size);
      const place = size;
      size += text.length + 1;
      return place;
    },
    content: () => Buffer.from([...places.keys()].map((text) => `${text}\0`).join(""), "latin1"),
  };
}
