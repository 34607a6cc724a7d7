import { isUtf8 } from "node:buffer";
import { ExitCode, Failure } from "./failure.ts";

const byteOrderMark = /^\uFEFF/;

/** The text of a file, without its byte order mark. Throws a Failure (78) like `decodeUtf8`. */
export function decodeFile(path: string, bytes: Buffer): string {
  return decodeUtf8(path, bytes).replace(byteOrderMark, "");
}

/**
 * The text of a file. Throws a Failure (78) with the place of the first byte that is not UTF-8. Otherwise it would be read and
 * stored as U+FFFD. The message never quotes the file, which may contain a secret.
 */
export function decodeUtf8(path: string, bytes: Buffer): string {
  const nul = bytes.indexOf(0);
  if (nul === -1 && isUtf8(bytes)) return bytes.toString("utf8");
  const encoding = findEncoding(bytes);
  if (encoding !== undefined) throw refusal(path, bytes, 0, `the file is ${encoding}. Save it as UTF-8`);
  if (nul !== -1)
    throw refusal(path, bytes, nul, "this byte is NUL: this is not a text file. Remove the byte or the file");
  const fix = "The file may be Latin-1 or Windows-1252. Save it as UTF-8";
  throw refusal(path, bytes, findInvalid(bytes), `this byte is not UTF-8. ${fix}`);
}

/** Line and byte are counted from 1. */
function refusal(path: string, bytes: Buffer, offset: number, cause: string): Failure {
  const before = bytes.subarray(0, offset);
  const line = before.filter((byte) => byte === 0x0a).length + 1;
  const column = offset - before.lastIndexOf(0x0a);
  return new Failure(ExitCode.configuration, `${path}:${line}:${column}: ${cause}.`);
}

/** Detects another encoding of Unicode by its byte order mark or its zero bytes. */
function findEncoding(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 4).toString("hex");
  if (start === "fffe0000" || start === "0000feff") return "UTF-32";
  if (start.startsWith("fffe")) return "UTF-16 (little-endian)";
  if (start.startsWith("feff")) return "UTF-16 (big-endian)";
  // Without a mark, every other byte of ASCII text is NUL.
  const head = bytes.subarray(0, Math.min(64, bytes.length & ~1));
  const isHalfNul = (half: number) => head.length >= 4 && head.every((byte, index) => index % 2 !== half || byte === 0);
  const isHalfText = (half: number) => head.every((byte, index) => index % 2 !== half || byte !== 0);
  if (isHalfNul(1) && isHalfText(0)) return "UTF-16 (little-endian)";
  return isHalfNul(0) && isHalfText(1) ? "UTF-16 (big-endian)" : undefined;
}

/** The place of the first byte that decoding would replace. */
function findInvalid(bytes: Buffer): number {
  const replacement = "\uFFFD";
  const text = bytes.toString("utf8");
  for (let index = text.indexOf(replacement); index !== -1; index = text.indexOf(replacement, index + 1)) {
    const offset = Buffer.byteLength(text.slice(0, index));
    // The file itself may contain this character.
    if (bytes.subarray(offset, offset + 3).toString("hex") !== "efbfbd") return offset;
  }
  return 0;
}
