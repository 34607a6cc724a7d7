import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";

export interface MigrationFile {
  /** The file's name without `.sql` (or `.up.sql`): what the history records. */
  readonly name: string;
  readonly path: string;
}

/**
 * The migrations of a folder in the order in which they are applied: by their leading number, then by name.
 * `…down.sql` files are left out: a down migration is never run. Sub-folders and other files are none of ours.
 * Throws a Failure (78) where the folder is missing, or holds no migration, or two of the same name.
 */
export function readMigrationFolder(folder: string): readonly MigrationFile[] {
  const files = listFolder(folder)
    .filter((file) => /\.sql$/i.test(file) && !/\.down\.sql$/i.test(file))
    .map((file) => ({ name: file.replace(/(\.up)?\.sql$/i, ""), path: join(folder, file) }))
    .toSorted((a, b) => compareNames(a.name, b.name));
  if (files.length === 0) {
    throw new Failure(
      ExitCode.configuration,
      `the migrations folder ${folder} holds no .sql file. Check \`migrations:\`, and that the image copies the files.`,
    );
  }
  refuseDuplicates(files);
  return files;
}

function listFolder(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => entry.name);
  } catch (error) {
    const cause = (error as NodeJS.ErrnoException).code === "ENOENT" ? "it does not exist" : messageOf(error);
    throw new Failure(
      ExitCode.configuration,
      `cannot read the migrations folder ${folder}: ${cause}. Check \`migrations:\`, and that the image copies the folder.`,
      { cause: error },
    );
  }
}

/** 2_b comes before 10_a: a number that grew a digit must not jump the queue. Otherwise by code points, in any locale. */
export function compareNames(a: string, b: string): number {
  const numberA = /^\d+/.exec(a)?.[0];
  const numberB = /^\d+/.exec(b)?.[0];
  if (numberA !== undefined && numberB !== undefined && BigInt(numberA) !== BigInt(numberB)) {
    return BigInt(numberA) < BigInt(numberB) ? -1 : 1;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Names that differ only in case are one file on some file systems, and one mistake on all. */
function refuseDuplicates(files: readonly MigrationFile[]): void {
  const seen = new Map<string, MigrationFile>();
  for (const file of files) {
    const other = seen.get(file.name.toLowerCase());
    if (other !== undefined) {
      throw new Failure(
        ExitCode.configuration,
        `two migrations have the name ${file.name}: ${other.path} and ${file.path}. Rename the one that was not applied anywhere yet.`,
      );
    }
    seen.set(file.name.toLowerCase(), file);
  }
}
