import { closeSync, openSync, readdirSync, readSync, statSync, type Dirent } from "node:fs";
import { ExitCode, Failure, messageOf } from "../../kernel/failure.ts";

/** The kind of an entry. Links count as their target. */
export type EntryKind = "file" | "folder" | "broken link" | "special file";

export interface Entry {
  readonly name: string;
  readonly path: string;
  readonly kind: EntryKind;
}

/** Throws a Failure (78) if the folder cannot be read. */
export function listFolder(folder: string): readonly Entry[] {
  const entries = listOrRefuse(folder, () => readdirSync(folder, { withFileTypes: true }));
  return entries.map((entry) => {
    // Not `join`, which is slow.
    const path = `${folder}/${entry.name}`;
    return { name: entry.name, path, kind: kindOf(entry, path) };
  });
}

export function listOrRefuse<T>(folder: string, list: (folder: string) => T): T {
  try {
    return list(folder);
  } catch (error) {
    const cause = (error as NodeJS.ErrnoException).code === "ENOENT" ? "it does not exist" : messageOf(error);
    const fix = "Check `migrations:`, and that the image copies the folder";
    throw new Failure(ExitCode.configuration, `cannot read the migrations folder ${folder}: ${cause}. ${fix}.`, {
      cause: error,
    });
  }
}

/** The beginning of a file; empty if it cannot be read. Reading the whole file later reports the failure. */
export function readHead(path: string): string {
  try {
    const descriptor = openSync(path, "r");
    try {
      const buffer = Buffer.alloc(headBytes);
      return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, headBytes, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return "";
  }
}

const headBytes = 4096;

/** Follows links: a mounted ConfigMap is full of them. */
function kindOf(entry: Dirent, path: string): EntryKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  if (!entry.isSymbolicLink()) return "special file";
  try {
    const target = statSync(path);
    if (target.isFile()) return "file";
    return target.isDirectory() ? "folder" : "special file";
  } catch {
    return "broken link";
  }
}
