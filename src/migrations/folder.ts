import { countOf, isOrAre } from "../kernel/count.ts";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { migrationInside } from "./folder/inner-folder.ts";
import { listFolder, type Entry } from "./folder/listing.ts";
import { refuseSameVersion } from "./folder/flyway.ts";
import { inOrder } from "./folder/order.ts";
import { programName } from "./folder/program.ts";
import { refuseFile } from "./folder/refusal.ts";
import { refuseSkipped } from "./folder/refused-names.ts";
import { goesDown } from "./folder/way-down.ts";
import type { MigrationFile } from "./migration-file.ts";

/**
 * The migrations of a folder, in the order in which they are applied: the order of the tool that wrote the folder, or
 * else by leading number, then by name (folder/order.ts).
 * - `NAME.sql`, `NAME.up.sql` (golang-migrate), `V1_2__NAME.sql` (Flyway), `NAME.js`, `.mjs`, `.cjs`
 * - `NAME/migration.sql` (Prisma, Drizzle), `NAME/up.sql` (diesel)
 * - `NAME.sh` and any other program (folder/program.ts)
 *
 * Leaves out down migrations (`NAME.down.sql`, Flyway's `U1__NAME.sql`) and files that cannot be migrations. Throws a
 * Failure (78) if the folder is missing, holds no migration or two with the same name, or if a skipped file looks like
 * a migration.
 */
export function readMigrationFolder(folder: string): readonly MigrationFile[] {
  const entries = listFolder(folder);
  const names = entries.map(({ name }) => name);
  const lowerNames = new Set(names.map((name) => name.toLowerCase()));
  const found = readAll(entries, (entry) => {
    if (isPlain(entry)) return migrationNamed(entry);
    return goesDown(entry, lowerNames) ? undefined : migrationOf(entry, names);
  });
  if (found.length === 0) {
    const fix = "Check `migrations:`, and that the image copies the files";
    throw new Failure(
      ExitCode.configuration,
      `the migrations folder ${folder} holds no migration (no .sql or .js file, and no program). ${fix}.`,
    );
  }
  refuseDuplicates(found);
  refuseSameVersion(found);
  return inOrder(folder, found);
}

/** Reads every entry. Throws one Failure that lists all refused entries. */
function readAll(
  entries: readonly Entry[],
  read: (entry: Entry) => MigrationFile | undefined,
): readonly MigrationFile[] {
  const refused: string[] = [];
  const found = entries.flatMap((entry) => {
    try {
      return read(entry) ?? [];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refused.push(error.message);
      return [];
    }
  });
  const [first, ...others] = refused.toSorted();
  if (first === undefined) return found;
  const details = others.slice(0, shownRefusals - 1);
  const rest = others.length - details.length;
  if (rest > 0) details.push(`and ${countOf(rest, "more file")} that ${isOrAre(rest)} refused`);
  throw new Failure(ExitCode.configuration, first, { details });
}

const shownRefusals = 10;

/**
 * Whether it is a file such as `0001_create_users.sql`: no tool gives that name another meaning. Every start reads the
 * folder, and all the checks of other names take some 10 µs for each file.
 */
function isPlain({ name, kind }: Entry): boolean {
  return kind === "file" && plain.test(name) && !down.test(name.toLowerCase());
}

const plain = /^\d+[-_][\w-]+(?:\.up)?\.sql$/;
const down = /[-_](?:down|undo|rollback|revert)(?:\.up)?\.sql$/;
const up = /^(.+?)(?:\.up)?\.(?:sql|[cm]?js)$/i;

function migrationOf(entry: Entry, names: readonly string[]): MigrationFile | undefined {
  const { name, path, kind } = entry;
  if (kind === "folder") {
    const inside = migrationInside(entry);
    return inside === undefined ? undefined : { name, path: inside };
  }
  const program = programName(entry);
  if (program !== undefined) return { name: program, path };
  refuseSkipped(entry, names);
  if (name.startsWith(".")) return undefined;
  const migration = migrationNamed(entry);
  if (migration !== undefined && kind !== "file")
    refuseFile(path, `it is a ${kind}`, "Check that the image copies the file itself");
  return migration;
}

function migrationNamed({ name, path }: Entry): MigrationFile | undefined {
  const stem = up.exec(name)?.[1];
  return stem === undefined ? undefined : { name: stem, path };
}

/** Names that differ only in case, or in how an accent is encoded, are one file to some file systems. */
function refuseDuplicates(files: readonly MigrationFile[]): void {
  const sorted = files.map(({ name }) => foldName(name)).toSorted();
  const twice = sorted.find((name, index) => name === sorted[index + 1]);
  if (twice === undefined) return;
  const [one, other] = files.filter(({ name }) => foldName(name) === twice);
  const fix = "Rename the one that is not yet applied anywhere";
  throw new Failure(
    ExitCode.configuration,
    `two migrations have the name ${one?.name}: ${one?.path} and ${other?.path}. ${fix}.`,
  );
}

function foldName(name: string): string {
  return name.normalize("NFC").toLowerCase();
}
