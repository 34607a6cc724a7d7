import { isUtf8 } from "node:buffer";

/**
 * Decodes without loss. To the kernel, names, arguments and variables are bytes, and need not be UTF-8. A byte that is
 * not UTF-8 becomes a lone surrogate, U+DC80 to U+DCFF, like in Python's "surrogateescape".
 */
export function decodeExactly(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString("utf8");
  const parts = [...bytes.toString("latin1").matchAll(validOrNot)].map(([part, foreign]) =>
    foreign === undefined
      ? Buffer.from(part, "latin1").toString("utf8")
      : String.fromCharCode(escapeBase + foreign.charCodeAt(0)),
  );
  return parts.join("");
}

/** The bytes of a string from `decodeExactly`. */
export function encodeExactly(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text, "utf8");
  const parts = text.split(/([\uDC80-\uDCFF])/u).map((part, index) =>
    // Every second part is a separator: an escaped byte.
    index % 2 === 1 ? Buffer.from([part.charCodeAt(0) - escapeBase]) : Buffer.from(part, "utf8"),
  );
  return Buffer.concat(parts);
}

/** A path for node:fs, which encodes every string as UTF-8. */
export function pathOf(text: string): string | Buffer {
  return text.isWellFormed() ? text : encodeExactly(text);
}

const escapeBase = 0xdc00;

/** Runs of valid UTF-8, or an invalid byte in the group: table 3-7 of the Unicode standard, one character per byte. */
const validOrNot =
  /(?:[\0-\x7F]|[\xC2-\xDF][\x80-\xBF]|\xE0[\xA0-\xBF][\x80-\xBF]|[\xE1-\xEC\xEE\xEF][\x80-\xBF]{2}|\xED[\x80-\x9F][\x80-\xBF]|\xF0[\x90-\xBF][\x80-\xBF]{2}|[\xF1-\xF3][\x80-\xBF]{3}|\xF4[\x80-\x8F][\x80-\xBF]{2})+|([\x80-\xFF])/g;
