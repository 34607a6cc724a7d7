import { sortByLetters, sortByName } from "../../../migrations/order.ts";
import type { WantedMigration } from "../tool.ts";
import type { FileTree } from "./file-tree.ts";

interface FilesOptions {
  /** Matches the file's name without its folder. */
  readonly pattern: RegExp;
  readonly except?: RegExp;
  /** The keys that the tool records. Default: the pattern's first group. */
  readonly keys?: (match: RegExpExecArray, file: string, tree: FileTree) => readonly string[];
  /** Its name in messages. Default: the file's name without its ending. */
  readonly title?: (match: RegExpExecArray) => string;
  /** Whether files in sub-folders count. Default: false. */
  readonly deep?: boolean;
  /** Whether the tool sorts names by letters. Default: by number, then by name. */
  readonly byLetters?: boolean;
}

/** One migration per file. */
export function migrationFiles(options: FilesOptions): (tree: FileTree) => readonly WantedMigration[] {
  const {
    pattern,
    except,
    keys = ([, key]) => [key ?? ""],
    title = ([name]) => name.replace(/\.\w+$/, ""),
    deep = false,
    byLetters = false,
  } = options;
  const inOrder = byLetters ? sortByLetters<WantedMigration> : sortByName<WantedMigration>;
  return (tree) =>
    inOrder(
      tree.files.flatMap((file) => {
        const { folder, name } = split(file);
        if ((folder !== "" && !deep) || except?.test(name)) return [];
        const match = pattern.exec(name);
        return match === null ? [] : [{ name: title(match), file, keys: keys(match, file, tree) }];
      }),
    );
}

interface FoldersOptions {
  /** Matches the folder's name. */
  readonly pattern: RegExp;
  /** The file that makes it a migration. */
  readonly file: string;
  readonly keys: (match: RegExpExecArray, file: string, tree: FileTree) => readonly string[];
}

/** One migration per folder, sorted by letters. */
export function migrationFolders({
  pattern,
  file,
  keys,
}: FoldersOptions): (tree: FileTree) => readonly WantedMigration[] {
  return (tree) =>
    sortByLetters(
      tree.files.flatMap((path) => {
        const { folder, name } = split(path);
        const match = name === file && !folder.includes("/") ? pattern.exec(folder) : null;
        return match === null ? [] : [{ name: folder, file: path, keys: keys(match, path, tree) }];
      }),
    );
}

/** 001 and 1 are the same version to a tool that reads numbers. */
export function integer(digits: string | undefined): string {
  return BigInt(digits ?? "0").toString();
}

export function split(file: string): { readonly folder: string; readonly name: string } {
  const slash = file.lastIndexOf("/");
  return { folder: slash === -1 ? "" : file.slice(0, slash), name: file.slice(slash + 1) };
}
