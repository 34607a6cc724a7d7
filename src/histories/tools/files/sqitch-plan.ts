import type { WantedMigration } from "../tool.ts";
import type { FileTree } from "./file-tree.ts";

const planFile = "sqitch.plan";

/**
 * The changes of a `sqitch.plan`. A line is a pragma (`%project=shop`), a tag (`@v1`), a comment, or a change with its
 * name, its requirements in brackets, its time and author. A repeated name is a rework of the change.
 */
export function readPlan(tree: FileTree): readonly WantedMigration[] {
  const file = tree.root ?? planFile;
  if (!tree.files.includes(file) || !file.endsWith(".plan")) return [];
  const lines = tree
    .read(file)
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, "").trim())
    .filter((line) => line !== "");
  const project = lines.map((line) => /^%project\s*=\s*(\S+)/.exec(line)?.[1]).find((name) => name !== undefined) ?? "";
  const turns = new Map<string, number>();
  return lines
    .filter((line) => !line.startsWith("%") && !line.startsWith("@") && !line.startsWith("-"))
    .map((line) => {
      const name = line.replace(/^\+\s*/, "").split(/\s/, 1)[0] ?? "";
      const turn = (turns.get(name) ?? 0) + 1;
      turns.set(name, turn);
      const suffix = turn === 1 ? "" : `@${turn}`;
      return { name: name + suffix, keys: [`${project}:${name}${suffix}`] };
    });
}
