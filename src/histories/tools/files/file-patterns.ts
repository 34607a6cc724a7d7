import { sortByLetters, sortByName } from "../../../migrations/order.ts";
import type { WantedMigration } from "../tool.ts";
import type { FileTree } from "./file-tree.ts";

interface FilesOptions {
  /** Against the file's name without its folder. */
  readonly pattern: RegExp;
  readonly except?: RegExp;
  /** What the tool records. Default: what the pattern's first group matched. */
  readonly keys?: (match: RegExpExecArray, file: string, tree: FileTree) => readonly string[];
  /** What people call it. Default: the file's name without its ending. */
  readonly title?: (match: RegExpExecArray) => string;
  /** Whether files in sub-folders count. Default: false. */
  readonly deep?: boolean;
  /** Whether the tool applies them by the letters of their names. Default: by number, then by name. */
  readonly byLetters?: boolean;
}

/** One file a migration. */
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
  /** Against the folder's name. */
  readonly pattern: RegExp;
  /** The file that makes it a migration. */
  readonly file: string;
  readonly keys: (match: RegExpExecArray, file: string, tree: FileTree) => readonly string[];
}

/** One folder a migration, by the letters of their names. */
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

/** 001 and 1 are one version to a tool that reads them as numbers. */
export function integer(digits: string | undefined): string {
  return BigInt(digits ?? "0").toString();
}

export function split(file: string): { readonly folder: string; readonly name: string } {
  const slash = file.lastIndexOf("/");
  return { folder: slash === -1 ? "" : file.slice(0, slash), name: file.slice(slash + 1) };
}
