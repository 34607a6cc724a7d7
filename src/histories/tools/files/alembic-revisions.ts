import type { Row } from "../../../kernel/database.ts";
import { split } from "./file-patterns.ts";
import type { Settled, WantedMigration } from "../tool.ts";
import type { FileTree } from "./file-tree.ts";

/** Reads `versions/*.py`. Each file names its revision and its parents. Sorts parents before children. */
export function readRevisions(tree: FileTree): readonly WantedMigration[] {
  const revisions = tree.files
    .filter((file) => file.endsWith(".py") && !split(file).name.startsWith("__"))
    .flatMap((file) => {
      const code = tree.read(file);
      const [key] = valuesOf(code, "revision");
      if (key === undefined || !/^down_revision\b/m.test(code)) return [];
      const after = [...valuesOf(code, "down_revision"), ...valuesOf(code, "depends_on")];
      return [{ name: split(file).name.replace(/\.py$/, ""), file, keys: [key], after }];
    });
  return sortByParents(revisions);
}

/** The strings of `NAME = "a"`, `NAME: Union[str, None] = ("a", "b")` or `NAME = None`. */
function valuesOf(code: string, name: string): readonly string[] {
  const value = new RegExp(`^${name}\\b[^=\\n]*=\\s*(\\([^)]*\\)|\\[[^\\]]*\\]|[^\\n]*)`, "m").exec(code)?.[1] ?? "";
  return [...value.replaceAll(/#[^\n]*/g, "").matchAll(/["']([^"']+)["']/g)].map(([, text = ""]) => text);
}

function sortByParents(revisions: readonly WantedMigration[]): readonly WantedMigration[] {
  const byKey = new Map(revisions.map((revision) => [keyOf(revision), revision]));
  const sorted = new Set<WantedMigration>();
  const visiting = new Set<WantedMigration>();
  const visit = (revision: WantedMigration) => {
    if (sorted.has(revision) || visiting.has(revision)) return;
    visiting.add(revision);
    for (const parent of revision.after ?? []) {
      const known = byKey.get(parent);
      if (known !== undefined) visit(known);
    }
    sorted.add(revision);
  };
  for (const revision of revisions) visit(revision);
  return [...sorted];
}

const keyOf = ({ keys: [key = ""] }: WantedMigration) => key;

/**
 * The table holds the heads. Every ancestor of a head is applied; a descendant of a head is not, because it would be
 * the head itself. A head that the image does not know counts as newer: then all other revisions count as applied.
 */
export function settleRevisions(rows: readonly Row[], wanted: readonly WantedMigration[]): Settled {
  // An empty version must not count as one that is newer than the image.
  const heads = rows.flatMap(({ version }) => (version === null || version === "" ? [] : [String(version)]));
  const known = new Set(wanted.map(keyOf));
  const applied = new Set<string>();
  const later = new Set<string>();
  // From the last to the first: an applied revision marks its parents…
  for (const revision of wanted.toReversed()) {
    const key = keyOf(revision);
    if (!heads.includes(key) && !applied.has(key)) continue;
    applied.add(key);
    for (const parent of revision.after ?? []) applied.add(parent);
  }
  // …and from the first to the last: a head marks its descendants.
  for (const revision of wanted) {
    if ((revision.after ?? []).some((parent) => heads.includes(parent) || later.has(parent)))
      later.add(keyOf(revision));
  }
  const isAhead = heads.some((head) => !known.has(head));
  const missing = wanted.filter(
    (revision) => !applied.has(keyOf(revision)) && (!isAhead || later.has(keyOf(revision))),
  );
  return { missing, latest: heads.toSorted().at(-1) };
}
