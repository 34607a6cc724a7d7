import { join, posix, resolve } from "node:path";
import { isChangelog, parseChangelog, type Changelog, type ChangeSet } from "./liquibase-changelog.ts";
import { split } from "./file-patterns.ts";
import type { DatabaseKind, WantedMigration } from "../tool.ts";
import type { FileTree } from "./file-tree.ts";

const databaseNames: Readonly<Record<DatabaseKind, readonly string[]>> = {
  postgres: ["postgresql"],
  mysql: ["mysql", "mariadb"],
  sqlite: ["sqlite"],
};

/**
 * The change sets of a changelog and its includes. For a folder, begins with the changelogs that no other one includes.
 * Liquibase records the path at which it found the file. The path depends on how Liquibase ran, so each tail is a key.
 */
export function readChangeSets(tree: FileTree, database: DatabaseKind): readonly WantedMigration[] {
  const changelogs = new Map<string, Changelog>();
  const start = tree.root === undefined ? tree.files : [tree.root];
  const open = (file: string) => {
    const known = changelogs.get(file) ?? parseChangelog(file, tree.read(file));
    changelogs.set(file, known);
    return known;
  };
  const candidates = start.filter((file) => isChangelog(file));
  const included = new Set(
    candidates.flatMap((file) => open(file).includes.flatMap((include) => resolveInclude(tree, file, include))),
  );
  const found: (ChangeSet & { readonly file: string })[] = [];
  const visited = new Set<string>();
  const walk = (file: string) => {
    if (visited.has(file)) return;
    visited.add(file);
    for (const step of open(file).steps) {
      if ("id" in step) found.push({ ...step, file });
      else for (const next of resolveInclude(tree, file, step)) walk(next);
    }
  };
  for (const file of candidates) if (!included.has(file)) walk(file);
  return withoutAmbiguousKeys(
    found
      .filter(({ dbms, ignore }) => !ignore && runsOn(dbms, database))
      .map(({ id, author, path, file }) => ({
        file,
        name: `${path ?? file}::${id}::${author}`,
        keys: (path === undefined ? tails(resolve(join(tree.folder, file))) : [path]).map(
          (tail) => `${tail}::${id}::${author}`,
        ),
      })),
  );
}

/** `all`, `postgresql, h2`, `!oracle`: https://docs.liquibase.com/concepts/changelogs/attributes/dbms.html */
function runsOn(dbms: string | undefined, database: DatabaseKind): boolean {
  const words = (dbms ?? "")
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "");
  if (words.length === 0 || words.includes("all")) return true;
  const names = databaseNames[database];
  if (names.some((name) => words.includes(`!${name}`))) return false;
  return names.some((name) => words.includes(name)) || words.every((word) => word.startsWith("!"));
}

interface Include {
  readonly include: string;
  readonly relative: boolean;
  readonly all: boolean;
}

/** The files in the tree that an include names. Its path may start above the tree or inside it. */
function resolveInclude(tree: FileTree, from: string, { include, relative, all }: Include): readonly string[] {
  const given = include.replace(/^classpath\*?:/, "").replace(/^\/+|\/+$/g, "");
  const path = relative ? posix.normalize(posix.join(split(from).folder, given)) : posix.normalize(given);
  const isIt = (name: string) =>
    name === path || (!relative && (name.endsWith(`/${path}`) || path.endsWith(`/${name}`)));
  if (!all) return tree.files.filter((file) => isIt(file)).slice(0, 1);
  return tree.files.filter((file) => {
    const folders = split(file).folder.split("/");
    return isChangelog(file) && folders.some((_, index) => isIt(folders.slice(0, index + 1).join("/")));
  });
}

/** a/b/c.xml, b/c.xml, c.xml */
function tails(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, index) => parts.slice(index).join("/"));
}

/** Drops a tail that two files share: one file could otherwise count as the other. */
function withoutAmbiguousKeys(migrations: readonly WantedMigration[]): readonly WantedMigration[] {
  const uses = new Map<string, number>();
  for (const { keys } of migrations) for (const key of keys) uses.set(key, (uses.get(key) ?? 0) + 1);
  return migrations.map((migration) => {
    const own = migration.keys.filter((key) => uses.get(key) === 1);
    return own.length === 0 ? migration : { ...migration, keys: own };
  });
}
