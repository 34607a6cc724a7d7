import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readMigrationFolder } from "../../../src/migrations/folder.ts";
import { scratchPath } from "../../harness/scratch.ts";

export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = scratchPath("migrations");
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

export const beside = (...names: readonly string[]) => ({
  "1_a.sql": "",
  ...Object.fromEntries(names.map((name) => [name, ""])),
});
export const namesIn = (files: Readonly<Record<string, string>>) =>
  readMigrationFolder(folderOf(files)).map(({ name }) => name);
