import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decodeFile, decodeUtf8 } from "../../src/kernel/utf8.ts";

const swap = (text: string) => Buffer.from(text, "utf16le").swap16();
const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))));

describe("a file that is not UTF-8 is refused with file, line and byte", () => {
  const cases: Readonly<Record<string, readonly [content: Buffer, message: RegExp]>> = {
    "Latin-1": [
      bytes("SELECT 1;\nSELECT 'caf", [0xe9], "';"),
      /^a\.sql:2:12: this byte is not UTF-8\. The file may be Latin-1/,
    ],
    "after multi-byte letters": [bytes("é🚢\uFFFD\n日", [0xff]), /^a\.sql:2:4: this byte/],
    "a truncated letter": [bytes("a", [0xe6, 0x97]), /^a\.sql:1:2: this byte/],
    "half of a surrogate pair": [bytes([0xed, 0xa0, 0xbd]), /^a\.sql:1:1: this byte/],
    "an overlong form": [bytes("a\n\n", [0xc0, 0xaf]), /^a\.sql:3:1: this byte/],
    NUL: [bytes("SELECT 1;\n-- a", [0], "b"), /^a\.sql:2:5: this byte is NUL/],
    "UTF-16 with a mark": [
      Buffer.from("\uFEFFSELECT 1", "utf16le"),
      /^a\.sql:1:1: the file is UTF-16 \(little-endian\)/,
    ],
    "big-endian UTF-16 with a mark": [swap("\uFEFFSELECT 1"), /is UTF-16 \(big-endian\)/],
    "UTF-16 without a mark": [Buffer.from("SELECT 1", "utf16le"), /is UTF-16 \(little-endian\)/],
    "big-endian UTF-16 without a mark": [swap("SELECT 1"), /is UTF-16 \(big-endian\)/],
    "UTF-32": [bytes([0xff, 0xfe, 0, 0, 0x53, 0, 0, 0]), /is UTF-32/],
    AppleDouble: [
      bytes([0, 5, 0x16, 7, 0, 2, 0, 0], "Mac OS X"),
      /^a\.sql:1:1: this byte is NUL: this is not a text file/,
    ],
  };
  for (const [title, [content, message]] of Object.entries(cases)) {
    test(title, () => {
      assert.throws(() => decodeFile("a.sql", content), { exitCode: 78, message });
      assert.throws(() => decodeUtf8("a.sql", content), { exitCode: 78 });
    });
  }
});

describe("control: UTF-8 is read unchanged", () => {
  for (const text of ["", "a", "é日🚢", "a\uFFFDb", "\u{10FFFF}", "a\r\n\tb", "\u2028"])
    test(JSON.stringify(text), () => assert.equal(decodeFile("a.sql", Buffer.from(text)), text));

  test("without the byte order mark", () => {
    assert.equal(decodeFile("a.sql", Buffer.from("\uFEFFé")), "é");
    assert.equal(decodeUtf8("secret", Buffer.from("\uFEFFé")), "\uFEFFé");
  });
});
