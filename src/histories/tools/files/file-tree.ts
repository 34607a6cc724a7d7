import { readdirSync, readFileSync, statSync, type Dirent } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ExitCode, Failure, messageOf } from "../../../kernel/failure.ts";
import { decodeFile } from "../../../kernel/utf8.ts";

/** The files of a migrations folder, listed once. Contents are read only if a tool needs them. */
export interface FileTree {
  /** The configured path. */
  readonly folder: string;
  /** The file that is configured instead of a folder, for example a changelog that includes others. */
  readonly root: string | undefined;
  /** Paths relative to the folder, with `/`, sorted without a locale. */
  readonly files: readonly string[];
  readonly read: (file: string) => string;
  /** The files in the parent of the folder, and in a folder `schema` there: `../structure.sql`, `../schema/mysql-schema.sql`. */
  readonly beside: () => readonly string[];
  /** Whether the folder is missing, as after Laravel's `schema:dump --prune`. */
  readonly isMissing: boolean;
}

const skipped = new Set(["node_modules", "__pycache__", "vendor"]);
const depthLimit = 8;
const fileLimit = 20_000;

/**
 * Reads only names. If `path` is a file, reads its folder. A missing folder is empty. Throws a Failure (78) if the folder
 * cannot be read.
 */
export function readTree(path: string): FileTree {
  const found = statOrFail(path);
  const isFile = found?.isFile() === true;
  const folder = isFile ? dirname(path) : path;
  const files = found === undefined ? [] : list(folder, "", depthLimit).toSorted();
  if (files.length > fileLimit) {
    throw new Failure(
      ExitCode.configuration,
      `the folder ${folder} holds more than ${fileLimit} files. Set \`migrations:\` to the folder of the migrations.`,
    );
  }
  return {
    folder,
    root: isFile ? basename(path) : undefined,
    files,
    isMissing: found === undefined,
    beside: () => [...namesIn(folder, ".."), ...namesIn(folder, "../schema")],
    read(file) {
      const path = join(folder, file);
      return decodeFile(path, readFileSync(path));
    },
  };
}

function statOrFail(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unreadable(path, messageOf(error), error);
  }
}

/** Throws a Failure (78) if the folder is missing. */
export function refuseMissing({ isMissing, folder }: FileTree): void {
  if (isMissing) throw unreadable(folder, "it does not exist");
}

function unreadable(path: string, cause: string, error?: unknown): Failure {
  const fix = "Check `migrations:`, and that the image copies the folder";
  return new Failure(ExitCode.configuration, `cannot read the migrations folder ${path}: ${cause}. ${fix}.`, {
    cause: error,
  });
}

/** Without the folders. Empty if it cannot be read. */
function namesIn(folder: string, place: string): readonly string[] {
  try {
    return readdirSync(join(folder, place), { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => `${place}/${name}`)
      .toSorted();
  } catch {
    return [];
  }
}

function list(folder: string, prefix: string, depth: number): readonly string[] {
  let entries: readonly Dirent[];
  try {
    entries = readdirSync(join(folder, prefix), { withFileTypes: true });
  } catch (error) {
    throw new Failure(ExitCode.configuration, `cannot read the folder ${join(folder, prefix)}: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  return entries.flatMap((entry) => {
    if (entry.name.startsWith(".") || skipped.has(entry.name)) return [];
    const path = prefix + entry.name;
    if (!isFolder(entry, join(folder, path))) return [path];
    return depth === 0 ? [] : list(folder, `${path}/`, depth - 1);
  });
}

/** Follows links: a mounted ConfigMap is full of them. */
function isFolder(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
