import { migrationFiles } from "./file-patterns.ts";
import type { WantedMigration } from "../tool.ts";
import type { FileTree } from "./file-tree.ts";

const files = migrationFiles({ pattern: /^([^_.]+)(?:_.*)?\.sql$/, except: /\.down\.sql$/, byLetters: true });

/**
 * A checkpoint replaces the files before it. Atlas runs it on an empty database, and runs the files on any other.
 */
export function readAtlasFiles(tree: FileTree): readonly WantedMigration[] {
  const isCheckpoint = ({ file = "" }: WantedMigration) => /^--\s*atlas:checkpoint/m.test(tree.read(file));
  const all = files(tree);
  const last = all.findLastIndex(isCheckpoint);
  const checkpoint = all[last];
  if (checkpoint === undefined) return all;
  const before = all.slice(0, last).filter((migration) => !isCheckpoint(migration));
  return [{ ...checkpoint, replaces: before.flatMap(({ keys }) => keys) }, ...all.slice(last + 1)];
}
