import { constants, open, type FileHandle } from "node:fs/promises";
import { messageOf } from "../../kernel/failure.ts";
import type { Observation } from "../../kernel/observation.ts";
import { extractVersion, productIn, parseJsonExactly, type Extraction } from "./extract-version.ts";
import { judgeVersion, type Requirement } from "./judge-version.ts";

export interface FileDependency extends Extraction, Requirement {
  readonly path: string;
}

/** A longer file must contain more than a version. In bytes. */
const sizeLimit = 1_048_576;

/** Reads a version from a mounted file: JSON, YAML, `NAME=value` lines, or only the version. */
export async function lookAtFile(dependency: FileDependency): Promise<Observation> {
  const { path, requires } = dependency;
  const refuse = (verdict: Observation["verdict"], reason: string) => ({ verdict, needed: requires.text, reason });
  let text: string | undefined;
  try {
    text = await readRegularFile(path);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const reason = missing ? `the file ${path} does not exist. Mount it.` : `cannot read ${path}: ${messageOf(error)}`;
    return refuse("unreachable", reason);
  }
  if (text === undefined) return refuse("unreadable", `${path} is not a file of at most ${sizeLimit} bytes`);
  const parse = await parserOf(path);
  const found = extractVersion(text, dependency, parse);
  if ("problem" in found) return refuse("unreadable", `cannot read a version from ${path}: ${found.problem}`);
  const content = text;
  return judgeVersion(found.version, dependency, {
    name: path,
    fix: "Deploy the newer file.",
    product: () => productIn(content, parse),
  });
}

/** Undefined if it is not a file, or too long. Without O_NONBLOCK, opening a pipe would wait for a writer. */
async function readRegularFile(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return (await file.stat()).isFile() ? await readLimited(file) : undefined;
  } finally {
    await file.close();
  }
}

/** Does not rely on the file's stated size: files in /proc have size 0. */
async function readLimited(file: FileHandle): Promise<string | undefined> {
  const buffer = Buffer.alloc(sizeLimit + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    length += bytesRead;
    if (length > sizeLimit) return undefined;
    if (bytesRead === 0) return buffer.toString("utf8", 0, length);
  }
}

/** Every parser keeps numbers as text: 2.10 is not 2.1, and a timestamp keeps every digit. */
async function parserOf(path: string): Promise<(text: string) => unknown> {
  if (/\.ya?ml$/i.test(path)) {
    const { load, FAILSAFE_SCHEMA } = await import("./yaml-document.ts");
    return (text) => load(text, { schema: FAILSAFE_SCHEMA });
  }
  if (/(^|\/)[^/]*\.env(\.[^/]*)?$/i.test(path)) return (await import("dotenv")).parse;
  return parseJsonExactly;
}
