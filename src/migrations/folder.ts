import { existsSync, readdirSync, statSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import { sortByName } from "./order.ts";

export interface MigrationFile {
  /** What the history records: the file's name without its ending, or the name of its folder. */
  readonly name: string;
  readonly path: string;
}

/**
 * The migrations of a folder in the order in which they are applied: by their leading number, then by name (order.ts).
 * - `NAME.sql`, `NAME.up.sql` (golang-migrate), `V1_2__NAME.sql` (Flyway), `NAME.js`, `.mjs`, `.cjs`
 * - `NAME/migration.sql` (Prisma, Drizzle)
 *
 * What goes down (`NAME.down.sql`, Flyway's `U1__NAME.sql`) is left out, and so are other files and folders.
 * Throws a Failure (78) where the folder is missing, holds no migration, two of the same name, or one that would be
 * skipped though it looks like one.
 */
export function readMigrationFolder(folder: string): readonly MigrationFile[] {
  const plain = listOrRefuse(folder, listPlainly);
  if (plain !== undefined) return plain;
  const entries = listOrRefuse(folder, () => readdirSync(folder, { withFileTypes: true }));
  const found = entries.map((entry) => migrationOf(folder, entry));
  const files = sortByName(found.filter((file) => file !== undefined));
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

function listOrRefuse<T>(folder: string, list: (folder: string) => T): T {
  try {
    return list(folder);
  } catch (error) {
    const cause = (error as NodeJS.ErrnoException).code === "ENOENT" ? "it does not exist" : messageOf(error);
    const fix = "Check `migrations:`, and that the image copies the folder";
    throw new Failure(ExitCode.configuration, `cannot read the migrations folder ${folder}: ${cause}. ${fix}.`, {
      cause: error,
    });
  }
}

/**
 * Where all are `NUMBER_name.sql` with as many digits, in lower case: their names sort as they are, and no two are one.
 * There may be ten thousand, and every start of the app and every upgrade reads them. Undefined where one is not.
 */
function listPlainly(folder: string): readonly MigrationFile[] | undefined {
  // One link from above, one from itself, and one from each folder inside, where the file system counts them (find(1)
  // relies on it, too). To ask for the kind of each entry takes twice as long.
  if (statSync(folder).nlink !== 2) return undefined;
  const names = readdirSync(folder);
  const digits = /^\d+/.exec(names[0] ?? "")?.[0].length;
  if (digits === undefined) return undefined;
  const plain = new RegExp(String.raw`^\d{${digits}}(?!\d)[\d_a-z-]*\.sql$`);
  if (!names.every((name) => plain.test(name))) return undefined;
  const sorted = names.map((name) => name.slice(0, -".sql".length)).toSorted();
  // Not by `join`, which takes time.
  return sorted.map((name) => ({ name, path: `${folder}/${name}.sql` }));
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

/** Names that differ only in case are one file on some file systems, and one mistake on all. */
function refuseDuplicates(files: readonly MigrationFile[]): void {
  const sorted = files.map(({ name }) => name.toLowerCase()).toSorted();
  const twice = sorted.find((name, index) => name === sorted[index + 1]);
  if (twice === undefined) return;
  const [one, other] = files.filter(({ name }) => name.toLowerCase() === twice);
  const fix = "Rename the one that was not applied anywhere yet";
  throw new Failure(
    ExitCode.configuration,
    `two migrations have the name ${one?.name}: ${one?.path} and ${other?.path}. ${fix}.`,
  );
}
