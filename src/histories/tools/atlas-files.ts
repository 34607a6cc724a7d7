import { migrationFiles } from "./layouts.ts";
import type { WantedMigration } from "./tool.ts";
import type { FileTree } from "./tree.ts";

const files = migrationFiles({ pattern: /^([^_.]+)(?:_.*)?\.sql$/ });

/**
 * A checkpoint sums up the files before it: an empty database gets it in their place, any other gets them without it.
 */
export function readAtlasFiles(tree: FileTree): readonly WantedMigration[] {
  const all = files(tree);
  const last = all.findLastIndex(({ name }) => /^--\s*atlas:checkpoint/m.test(tree.read(`${name}.sql`)));
  const checkpoint = all[last];
  if (checkpoint === undefined) return all;
  const isCheckpoint = ({ name }: WantedMigration) => /^--\s*atlas:checkpoint/m.test(tree.read(`${name}.sql`));
  const replaces = all
    .slice(0, last)
    .filter((one) => !isCheckpoint(one))
    .flatMap(({ keys }) => keys);
  return [{ ...checkpoint, replaces }, ...all.slice(last + 1)];
}
