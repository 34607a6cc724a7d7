import { existsSync, statSync } from "node:fs";
import { basename, dirname, resolve, sep } from "node:path";
import { isFailure, messageOf } from "../../kernel/failure.ts";
import { readMigrationFolder } from "../../migrations/folder.ts";
import { isOtherFolder } from "../../migrations/folder/inner-folder.ts";
import { listFolder, type Entry } from "../../migrations/folder/listing.ts";
import { goesDown } from "../../migrations/folder/way-down.ts";
import type { MigrationFile } from "../../migrations/migration-file.ts";
import { sortByName } from "../../migrations/order.ts";
import type { Dialect } from "../../migrations/sql/dialect.ts";
import { detectEngine } from "./detect-engine.ts";
import type { Unreadable } from "../report/report.ts";
import type { Owner } from "./read-file.ts";

/** A schema of the configuration, as far as its files are concerned. */
export interface ConfiguredSchema {
  /** Absolute. */
  readonly folder: string;
  readonly owner: "seaworthy" | "tool";
  /** Undefined if the URL is not known here. */
  readonly engine: Dialect["engine"] | undefined;
}

export interface LintFile extends MigrationFile {
  readonly owner: Owner;
  readonly engine: Dialect["engine"] | undefined;
  /** Why it is not linted. */
  readonly notLinted?: string;
}

export interface Collected {
  readonly files: readonly LintFile[];
  readonly unreadable: readonly Unreadable[];
}

/**
 * The migrations in files and folders, each once, in the order in which they are applied. In a folder, down migrations and
 * files that are certainly no migrations are left out, as in an upgrade.
 * @param paths absolute
 * @param engine of the files for which neither the configuration nor their tool tells it
 */
export function collectFiles(
  paths: readonly string[],
  schemas: readonly ConfiguredSchema[],
  engine?: Dialect["engine"],
): Collected {
  const files = new Map<string, LintFile>();
  const unreadable: Unreadable[] = [];
  for (const path of inOrderOfNames(paths)) {
    try {
      for (const file of filesAt(path, schemas))
        files.set(file.path, { ...file, engine: file.engine ?? detectEngine(file.path) ?? engine });
    } catch (error) {
      const lines = isFailure(error) ? [error.message, ...error.details] : [messageOf(error)];
      unreadable.push(...lines.map((line) => ({ path, ...placeIn(line, path) })));
    }
  }
  return { files: [...files.values()], unreadable };
}

/** Shells and git name files by letters: `10_b.sql` before `2_a.sql`. Files of different folders keep their order. */
function inOrderOfNames(paths: readonly string[]): readonly string[] {
  const folders = Map.groupBy(paths, (path) => {
    const isInside = /\/(?:migration|up)\.sql$/i.test(path);
    return dirname(isInside ? dirname(path) : path);
  });
  return [...folders].flatMap(([folder, inside]) => {
    const keyed = inside.map((path) => ({ name: path.slice(folder.length + 1), path }));
    return sortByName(keyed).map(({ path }) => path);
  });
}

/** Messages of Failures begin with the path, and perhaps a place in the file. */
export function placeIn(message: string, path: string): Omit<Unreadable, "path"> {
  if (!message.startsWith(`${path}:`)) return { message };
  const rest = message.slice(path.length + 1);
  const [whole = "", line, column] = /^(\d+):(?:(\d+):)? /.exec(rest) ?? [];
  return {
    message: rest.slice(whole.length).trimStart(),
    ...(line !== undefined && { line: Number(line) }),
    ...(column !== undefined && { column: Number(column) }),
  };
}

function filesAt(path: string, schemas: readonly ConfiguredSchema[]): readonly LintFile[] {
  const schema = schemas.find(({ folder }) => path === folder || path.startsWith(`${folder}${sep}`));
  const known = { owner: schema?.owner ?? "unknown", engine: schema?.engine } as const;
  if (!existsSync(path)) throw new Error("it does not exist");
  const isFolder = statSync(path).isDirectory();
  if (!isFolder) return [{ ...fileAt(path), ...known }];
  if (schema?.owner === "seaworthy" && path === schema.folder)
    return readMigrationFolder(path).map((file) => ({ ...file, ...known }));
  const found = walk(path);
  // Django, Rails and others write their migrations in their own language.
  if (found.length === 0 && schema?.owner === "tool")
    return [{ ...named(path), ...known, notLinted: "this folder holds no SQL" }];
  if (found.length === 0) throw new Error("it holds no migration (no .sql file)");
  return sortFiles(found, path).map((file) => ({ ...file, ...known }));
}

type Found = MigrationFile & Pick<LintFile, "notLinted">;

/** A file that was named. It is listed in any case. */
function fileAt(path: string): Found {
  const entry: Entry = { name: basename(path), path, kind: "file" };
  if (goesDown(entry, new Set())) return { ...named(path), notLinted: "it is a down migration, which is never run" };
  return /\.sql$/i.test(path) ? named(path) : { ...named(path), notLinted: onlySql };
}

const onlySql = "only SQL is linted";

function named(path: string): MigrationFile {
  const file = basename(path);
  // Prisma, Drizzle, diesel.
  const name = /^(?:migration|up)\.sql$/i.test(file) ? basename(dirname(path)) : file.replace(/(?:\.up)?\.[^.]+$/i, "");
  return { name, path: resolve(path) };
}

/** Migrations in other languages: their names begin with a number or a version. */
const otherMigration = /^(?:\d+[-_.]|V[\d._]+__).*\.(?:[cm]?[jt]s|go|rb|py|php|java|kt|exs|cs|rs|sh)$/i;
const declaration = /\.d\.[cm]?ts$/i;

function walk(folder: string): readonly Found[] {
  const entries = listFolder(folder);
  const names = new Set(entries.map(({ name }) => name.toLowerCase()));
  return entries.flatMap((entry): readonly Found[] => {
    const { name, path, kind } = entry;
    if (kind === "folder") return isOtherFolder(name) ? [] : walk(path);
    const isSql = /\.sql$/i.test(name) && !name.startsWith(".");
    const isOther = otherMigration.test(name) && !declaration.test(name);
    if ((!isSql && !isOther) || goesDown(entry, names)) return [];
    return [isSql ? named(path) : { ...named(path), notLinted: onlySql }];
  });
}

/** By number, as most tools do. Prisma's and Drizzle's dates all have the same length. */
function sortFiles(files: readonly Found[], folder: string): readonly Found[] {
  const keyed = files.map((file) => ({ name: file.path.slice(folder.length + 1), file }));
  return sortByName(keyed).map(({ file }) => file);
}
