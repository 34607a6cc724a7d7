import { readFileSync } from "node:fs";
import { messageOf } from "../../kernel/failure.ts";
import type { MigrationFile } from "../migration-file.ts";
import { refuseFile } from "./refusal.ts";

/**
 * In the order of Drizzle's journal, which up to 0.x names the migrations. Throws a Failure (78) where it does not name
 * the very files that are there.
 */
export function sortByJournal(path: string, files: readonly MigrationFile[]): readonly MigrationFile[] {
  const tags = readTags(path);
  const unnamed = files.find(({ name }) => !tags.includes(name));
  if (unnamed !== undefined) {
    const cause = `Drizzle's journal ${path} does not name it, and Drizzle would not run it`;
    refuseFile(unnamed.path, cause, "Make it with `drizzle-kit generate --custom`, or move it out of the folder");
  }
  return tags.map((tag) => {
    const file = files.find(({ name }) => name === tag);
    return (
      file ?? refuseFile(path, `it names ${tag}, and there is no ${tag}.sql`, "Check that the image copies all files")
    );
  });
}

function readTags(path: string): readonly string[] {
  try {
    const { entries } = JSON.parse(readFileSync(path, "utf8")) as { entries: readonly { tag: unknown }[] };
    return entries.map(({ tag }) => String(tag));
  } catch (error) {
    return refuseFile(path, `cannot read Drizzle's journal: ${messageOf(error)}`, "Restore it from your repository");
  }
}
