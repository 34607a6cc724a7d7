import { ExitCode, Failure } from "../../../kernel/failure.ts";
import { insertedValues } from "./inserted-values.ts";
import type { FileTree } from "./file-tree.ts";
import type { DatabaseKind, WantedMigration } from "../tool.ts";

/** A dump of the schema, beside the migrations, that stands for migrations whose files were deleted. */
export interface DumpPlace {
  /** The dumps of this tool for the database, by path from the folder of the migrations. */
  readonly find: (tree: FileTree, database: DatabaseKind) => readonly string[];
  /** The keys of the migrations that a dump holds. */
  readonly keys: (text: string, file: string) => readonly string[];
}

/**
 * The files of a tool, and before them the migrations that exist only in a dump. A dump also lists what a developer's
 * database has from another branch, so that only those before the first file count.
 */
export function withDump(
  files: (tree: FileTree, database: DatabaseKind) => readonly WantedMigration[],
  { find, keys }: DumpPlace,
): (tree: FileTree, database: DatabaseKind) => readonly WantedMigration[] {
  return (tree, database) => {
    const [dump, ...others] = find(tree, database);
    const present = files(tree, database);
    if (dump === undefined) return present;
    const known = new Set(present.flatMap((migration) => migration.keys));
    const [first] = present;
    const squashed = keys(tree.read(dump), dump).filter(
      (key) => !known.has(key) && (first === undefined || isBefore(key, first.keys[0] ?? "")),
    );
    if (squashed.length > 0 && others.length > 0) {
      throw new Failure(
        ExitCode.configuration,
        `cannot tell which schema dump stands for the deleted migrations: ${[dump, ...others].join(" or ")}. Leave only one of them in the image.`,
      );
    }
    return [...squashed.map((key) => ({ name: key, keys: [key], dump })), ...present];
  };
}

function isBefore(a: string, b: string): boolean {
  const isNumber = /^\d+$/;
  return isNumber.test(a) && isNumber.test(b) ? BigInt(a) < BigInt(b) : a < b;
}

/** Values of the history table in a dump, of the given column. */
export const recordedKeys = (column: string) => (text: string) =>
  insertedValues(text, { table: /(?:^|_)migrations$/i, column }).toSorted((a, b) => (isBefore(a, b) ? -1 : 1));

/** The connections' usual names, by which Laravel names the dumps. */
const connections: Readonly<Record<string, DatabaseKind>> = {
  mysql: "mysql",
  mariadb: "mysql",
  pgsql: "postgres",
  postgres: "postgres",
  sqlite: "sqlite",
};

/** `schema/mysql-schema.sql` beside `migrations`; up to Laravel 8 with the ending `.dump`. */
export const laravelDump: DumpPlace = {
  find(tree, database) {
    const dumps = dumpsIn(tree, /^\.\.\/schema\/([^/]+)-schema\.(?:sql|dump)$/);
    const own = dumps.filter(({ name }) => connections[name] === database);
    const chosen = own.length > 0 ? own : dumps.filter(({ name }) => connections[name] === undefined);
    return chosen.map(({ file }) => file);
  },
  keys: recordedKeys("migration"),
};

/** `structure.sql` or `schema.rb` beside `migrate`; `animals_structure.sql` beside `animals_migrate`. */
export const railsDump: DumpPlace = {
  find(tree) {
    const prefix = /(?:^|\/)(\w+_)migrate\/?$/.exec(tree.folder)?.[1] ?? "";
    const found = dumpsIn(tree, /^(?:\.\.\/)?(\w+_)?(?:structure\.sql|schema\.rb)$/).filter(
      ({ name }) => name === prefix,
    );
    const latest = (file: string) => BigInt(railsDump.keys(tree.read(file), file).at(-1) ?? "0");
    // If there are both, only one of them is kept up to date.
    return found
      .map(({ file }) => file)
      .toSorted((a, b) => Number(latest(b) - latest(a)))
      .slice(0, 1);
  },
  keys(text, file) {
    if (file.endsWith(".sql")) return recordedKeys("version")(text);
    const version = /\bSchema(?:\[[\d.]+\])?\.define\(version:\s*([\d_]+)/.exec(text)?.[1];
    return version === undefined ? [] : [version.replaceAll("_", "")];
  },
};

/** `structure.sql` (Ecto) or `schema.sql` (dbmate) beside `migrations`. */
export const sqlDump = (name: string): DumpPlace => ({
  find: ({ beside }) => beside().filter((file) => file === `../${name}`),
  keys: recordedKeys("version"),
});

function dumpsIn(tree: FileTree, pattern: RegExp): readonly { readonly file: string; readonly name: string }[] {
  return [...tree.beside(), ...tree.files].flatMap((file) => {
    const match = pattern.exec(file);
    return match === null ? [] : [{ file, name: match[1] ?? "" }];
  });
}
