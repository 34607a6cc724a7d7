import {
  accessSync,
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  statSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { UnreachableError } from "../../../kernel/database.ts";
import { ExitCode, Failure } from "../../../kernel/failure.ts";
import type { SqliteAddress } from "../../../urls/address.ts";
import { readUrl } from "../../../urls/read.ts";

/** The absolute paths that a URL may mean. Rejects with an UnreachableError if it does not lead to SQLite. */
export function pathsOf(url: string): readonly string[] {
  return [...new Set(addressOf(url).paths.map((path) => resolve(path)))];
}

/** Rejects with an UnreachableError if a URL does not lead to SQLite. */
export function addressOf(url: string): SqliteAddress {
  const read = readUrl(url);
  const cause = "refusal" in read ? read.refusal : "it does not lead to SQLite";
  if ("address" in read && read.address.engine === "sqlite") return read.address;
  throw new UnreachableError(`cannot use the URL of the database: ${cause}.`, { transient: false, cause: undefined });
}

/** One URL may mean different files for different tools. Only if exactly one of them exists, the meaning is clear. */
export function choosePath(paths: readonly string[]): string | undefined {
  const there = paths.filter((path) => existsSync(path));
  if (there.length > 1) throw ambiguous(there);
  return there[0] ?? (paths.length === 1 ? paths[0] : undefined);
}

/**
 * The path of a file that may not exist yet. A tool can create it only in a folder that exists, so the meaning is clear if
 * exactly one folder does. Throws an UnreachableError.
 */
export function choosePathToCreate(paths: readonly string[]): string {
  const chosen = choosePath(paths);
  if (chosen !== undefined && existsSync(dirname(chosen))) return chosen;
  const possible = paths.filter((path) => existsSync(dirname(path)));
  if (possible.length > 1) throw ambiguous(possible);
  const [path] = possible;
  if (path === undefined) throw withoutFolder(paths);
  return path;
}

function ambiguous(paths: readonly string[]): UnreachableError {
  const message = `the URL may mean ${paths.join(" or ")}. Write sqlite: and the absolute path, as in sqlite:${paths[0]}.`;
  return new UnreachableError(message, { transient: false, cause: undefined });
}

function withoutFolder(paths: readonly string[]): UnreachableError {
  const folders = [...new Set(paths.map((path) => dirname(path)))];
  const what =
    folders.length === 1 ? `its folder ${folders[0]} does not exist` : `neither ${folders.join(" nor ")} exists`;
  return new UnreachableError(
    `cannot open the SQLite database ${paths.join(" or ")}: ${what}. Check \`url:\` and the volume.`,
    { transient: true, cause: undefined },
  );
}

export function noneExists(paths: readonly string[]): UnreachableError {
  const message = `cannot open the SQLite database: neither ${paths.join(" nor ")} exists. Check \`url:\` and the volume.`;
  return new UnreachableError(message, { transient: true, cause: undefined });
}

/** The file itself, with all links followed, even if it does not exist yet. SQLite names its journal after it. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const target = targetOf(path);
    return target === undefined ? join(realpathSync(dirname(path)), basename(path)) : realPathOf(target);
  }
}

function targetOf(link: string): string | undefined {
  try {
    return lstatSync(link).isSymbolicLink() ? resolve(dirname(link), readlinkSync(link)) : undefined;
  } catch {
    return undefined;
  }
}

/** The file whose lock is the upgrade lock. It stays, because a file that is removed could be locked twice. */
export const lockPathOf = (realPath: string) => `${realPath}-seaworthy-lock`;

/** The database of live instances. */
export const instancesPathOf = (realPath: string) => `${realPath}-seaworthy-instances`;

/** Creates a file with the database's owner and mode: whoever can write the database can write it too. */
export function createLike(model: string, path: string): void {
  closeSync(openSync(path, "a"));
  if (!existsSync(model)) return;
  const { mode, uid, gid } = statSync(model);
  try {
    chmodSync(path, mode & 0o777);
    chownSync(path, uid, gid);
  } catch {
    // Only root can give a file away.
  }
}

/** Throws an UnreachableError for what exists, but can never be a database. */
export function refuseOtherThanFile(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || stats.isFile()) return;
  const cause = stats.isDirectory()
    ? "it is a folder, as Docker creates one if the file of a bind mount is missing"
    : "it is no regular file";
  const message = `cannot open the SQLite database ${path}: ${cause}. Write the path of the file, as in sqlite:/data/app.db.`;
  throw new UnreachableError(message, { transient: false, cause: undefined });
}

/** Throws a Failure (78) if this user cannot write the database, or if its journal would have two names. */
export function refuseUnwritable(path: string, { readOnlyBy }: Pick<SqliteAddress, "readOnlyBy">): void {
  const folder = dirname(path);
  const refuse = (cause: string, fix: string): never => {
    throw new Failure(
      ExitCode.configuration,
      `cannot upgrade the SQLite database ${path}: ${cause}. ${fix}. Nothing was changed.`,
    );
  };
  if (readOnlyBy !== undefined)
    refuse(`its URL has ${readOnlyBy}`, "Remove it, or set upgrade.url to a URL without it");
  const why = (place: string) => {
    try {
      accessSync(place, constants.W_OK);
      return undefined;
    } catch (error) {
      return (error as { readonly code?: string }).code === "EROFS" ? "is mounted read-only" : "may not be written to";
    }
  };
  const ofFolder = why(folder);
  if (ofFolder !== undefined)
    refuse(
      `its folder ${folder} ${ofFolder}, and SQLite needs to create its journal there`,
      "Mount the volume writable, and run --upgrade as a user who may write to it",
    );
  if (!existsSync(path)) return;
  const ofFile = why(path);
  if (ofFile !== undefined) refuse(`the file ${ofFile}`, "Run --upgrade as a user who may write to it");
  const { nlink } = statSync(path);
  if (nlink > 1)
    refuse(
      `the file has ${nlink} names (hard links), and SQLite would not find the journal of a writer that used another name`,
      "Remove the other names, or use symbolic links",
    );
}
