import { existsSync, readdirSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";

export interface MigrationFile {
  /** What the history records: the file's name without its ending, or the name of its folder. */
  readonly name: string;
  readonly path: string;
}

/**
 * The migrations of a folder in the order in which they are applied: by their leading number, then by name.
 * - `NAME.sql`, `NAME.up.sql` (golang-migrate), `V1_2__NAME.sql` (Flyway), `NAME.js`, `.mjs`, `.cjs`
 * - `NAME/migration.sql` (Prisma, Drizzle)
 *
 * What goes down (`NAME.down.sql`, Flyway's `U1__NAME.sql`) is left out, and so are other files and folders.
 * Throws a Failure (78) where the folder is missing, holds no migration, two of the same name, or one that would be
 * skipped though it looks like one.
 */
export function readMigrationFolder(folder: string): readonly MigrationFile[] {
  const files = listFolder(folder)
    .map((entry) => migrationOf(folder, entry))
    .filter((file) => file !== undefined)
    .toSorted((a, b) => compareNames(a.name, b.name));
  if (files.length === 0) {
    const fix = "Check `migrations:`, and that the image copies the files";
    throw new Failure(
      ExitCode.configuration,
      `the migrations folder ${folder} holds no migration (no .sql or .js file). ${fix}.`,
    );
  }
  refuseDuplicates(files);
  return files;
}

function listFolder(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const cause = (error as NodeJS.ErrnoException).code === "ENOENT" ? "it does not exist" : messageOf(error);
    const fix = "Check `migrations:`, and that the image copies the folder";
    throw new Failure(ExitCode.configuration, `cannot read the migrations folder ${folder}: ${cause}. ${fix}.`, {
      cause: error,
    });
  }
}

const down = /\.down\.(sql|[cm]?js)$/i;
const up = /^(.*?)(?:\.up)?\.(?:sql|[cm]?js)$/i;

function migrationOf(folder: string, entry: Dirent): MigrationFile | undefined {
  const path = join(folder, entry.name);
  if (entry.isDirectory()) {
    const inside = join(path, "migration.sql");
    return existsSync(inside) ? { name: entry.name, path: inside } : undefined;
  }
  if (down.test(entry.name) || /^U[\d._]+__.*\.sql$/.test(entry.name)) return undefined;
  refuseSkipped(path, entry.name);
  const name = up.exec(entry.name)?.[1];
  return name === undefined || name === "" ? undefined : { name, path };
}

function refuseSkipped(path: string, name: string): void {
  if (/^R__.*\.sql$/.test(name)) {
    const fix = "Make it a migration of its own, or let Flyway run it with upgrade.migrate";
    throw new Failure(ExitCode.configuration, `${path}: repeatable migrations of Flyway are not run. ${fix}.`);
  }
  if (/(?<!\.d)\.[cm]?ts$/.test(name)) {
    throw new Failure(
      ExitCode.configuration,
      `${path}: TypeScript is not run. Compile it to JavaScript when the image is built.`,
    );
  }
}

/**
 * 2_b comes before 10_a: a number that grew a digit must not jump the queue. Flyway's V1_10 comes after V1_9.
 * Otherwise by code points, the same in any locale.
 */
export function compareNames(a: string, b: string): number {
  const [numbersA, numbersB] = [numbersOf(a), numbersOf(b)];
  for (let index = 0; index < Math.min(numbersA.length, numbersB.length); index++) {
    const order = compareDigits(numbersA[index] ?? "", numbersB[index] ?? "");
    if (order !== 0) return order;
  }
  if (numbersA.length !== numbersB.length && numbersA.length > 0 && numbersB.length > 0)
    return numbersA.length - numbersB.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The leading number, or all of them in Flyway's `V1_2__NAME`. */
function numbersOf(name: string): readonly string[] {
  const flyway = /^V(\d+(?:[._]\d+)*)__/.exec(name)?.[1];
  if (flyway !== undefined) return flyway.split(/[._]/);
  const leading = /^\d+/.exec(name)?.[0];
  return leading === undefined ? [] : [leading];
}

/** Digits of any length, compared as numbers. */
function compareDigits(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+(?=\d)/, ""), b.replace(/^0+(?=\d)/, "")];
  if (left.length !== right.length) return left.length - right.length;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Names that differ only in case are one file on some file systems, and one mistake on all. */
function refuseDuplicates(files: readonly MigrationFile[]): void {
  const seen = new Map<string, MigrationFile>();
  for (const file of files) {
    const other = seen.get(file.name.toLowerCase());
    if (other !== undefined) {
      const fix = "Rename the one that was not applied anywhere yet";
      throw new Failure(
        ExitCode.configuration,
        `two migrations have the name ${file.name}: ${other.path} and ${file.path}. ${fix}.`,
      );
    }
    seen.set(file.name.toLowerCase(), file);
  }
}
