import { readFileSync } from "node:fs";
import { messageOf } from "../../kernel/failure.ts";
import { decodeFile } from "../../kernel/utf8.ts";
import type { MigrationFile } from "../migration-file.ts";
import { refuseFile } from "./refusal.ts";

/**
 * Sorts by Drizzle's journal, which lists the migrations up to Drizzle 0.x. Throws a Failure (78) if the journal and
 * the folder do not list the same migrations.
 */
export function sortByJournal(path: string, files: readonly MigrationFile[]): readonly MigrationFile[] {
  const tags = readTags(path);
  const unnamed = files.find(({ name }) => !tags.includes(name));
  if (unnamed !== undefined) {
    const cause = `Drizzle's journal ${path} does not list it, so Drizzle would not run it`;
    refuseFile(unnamed.path, cause, "Create it with `drizzle-kit generate --custom`, or move it out of the folder");
  }
  return tags.map((tag) => {
    const file = files.find(({ name }) => name === tag);
    return (
      file ?? refuseFile(path, `it lists ${tag}, but there is no ${tag}.sql`, "Check that the image copies all files")
    );
  });
}

function readTags(path: string): readonly string[] {
  const { entries } = readJournal(path);
  if (!Array.isArray(entries)) return refuseFile(path, 'it has no list "entries"', restore);
  const tags = entries.map(
    (entry: unknown, index) => tagOf(entry) ?? refuseFile(path, `entry ${index} has no tag`, restore),
  );
  const twice = tags.find((tag, index) => tags.indexOf(tag) !== index);
  if (twice !== undefined) refuseFile(path, `it lists ${twice} twice`, "Remove one of the two entries");
  return tags;
}

const restore = "Restore it from your repository";

function readJournal(path: string): { readonly entries?: unknown } {
  const text = decodeFile(
    path,
    orRefuse(path, () => readFileSync(path)),
  );
  return Object(orRefuse(path, () => JSON.parse(text) as unknown)) as object;
}

function orRefuse<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    return refuseFile(path, `cannot read Drizzle's journal: ${messageOf(error)}`, restore);
  }
}

function tagOf(entry: unknown): string | undefined {
  const { tag } = Object(entry) as { readonly tag?: unknown };
  return typeof tag === "string" ? tag : undefined;
}
