import { migrationFiles, split } from "./file-patterns.ts";
import type { WantedMigration } from "../tool.ts";
import type { FileTree } from "./file-tree.ts";

/**
 * Reads `APP/migrations/0001_initial.py`. The tree is the project, the app or the migrations folder. Django records the
 * app's label: the folder's name, unless the AppConfig sets another.
 */
export function readDjangoMigrations(tree: FileTree): readonly WantedMigration[] {
  const labels = new Map<string, string>();
  const labelOf = (app: string) => {
    const known = labels.get(app) ?? readLabel(tree, app);
    labels.set(app, known);
    return known;
  };
  const all = migrationFiles({
    pattern: /^(\d\w*|\w*_\w+)\.py$/,
    except: /^__init__\.py$/,
    deep: true,
    keys: ([, stem], file) => {
      const app = appOf(file, tree.folder);
      return app === undefined ? [] : [`${labelOf(app)}.${stem}`];
    },
  })(tree)
    .filter(({ keys }) => keys.length > 0)
    .map(({ file = "", keys: [key = ""] }): WantedMigration => {
      const replaces = readReplaces(tree.read(file));
      return { name: key, file, keys: [key], ...(replaces.length > 0 && { replaces }) };
    });
  const replaced = new Set(all.flatMap(({ replaces = [] }) => replaces));
  return all.filter(({ keys: [key = ""] }) => !replaced.has(key)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The app's folder: a path in the tree, or `../NAME` and `.` if the tree is inside it. */
function appOf(file: string, root: string): string | undefined {
  const { folder } = split(file);
  if (folder === "") return /(^|\/)migrations\/?$/.test(root) ? "" : undefined;
  if (split(folder).name !== "migrations") return undefined;
  return split(folder).folder === "" ? "." : split(folder).folder;
}

function readLabel(tree: FileTree, app: string): string {
  const path = app === "" || app === "." ? tree.folder : app;
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  const folder = (app === "" ? names.at(-2) : names.at(-1)) ?? "app";
  const config = app === "." ? "apps.py" : `${app}/apps.py`;
  if (!tree.files.includes(config)) return folder;
  return /^\s+label\s*=\s*["'](\w+)["']/m.exec(tree.read(config))?.[1] ?? folder;
}

/** `replaces = [("shop", "0001_initial"), …]` */
function readReplaces(code: string): readonly string[] {
  const list = /^\s+replaces\s*=\s*\[([\s\S]*?)\]/m.exec(code)?.[1] ?? "";
  return [...list.matchAll(/\(\s*["'](\w+)["']\s*,\s*["'](\w+)["']\s*,?\s*\)/g)].map(
    ([, app, name]) => `${app}.${name}`,
  );
}
