import { existsSync, readFileSync } from "node:fs";
import { listFolder, type Entry } from "./listing.ts";
import { refuseFile } from "./refusal.ts";

/** Folders beside migrations whose files are never migrations. */
const otherFolders =
  /^(?:\..*|node_modules|vendor|__pycache__|__tests__|tests?|testdata|seeds?|seeders|fixtures?|docs?|meta|examples?|samples?|snapshots?|archived?|old|backups?|downs?|undo|rollbacks?|reverts?|verify)$/i;
const depthLimit = 4;

/**
 * The migration that a folder is: `NAME/migration.sql` (Prisma, Drizzle) or `NAME/up.sql` (diesel). Undefined for a folder
 * without any. Throws a Failure (78) for one that would be skipped.
 */
export function migrationInside({ name, path }: Entry): string | undefined {
  if (otherFolders.test(name)) return undefined;
  // Not listed first: there may be thousands, and every start reads them.
  if (existsSync(`${path}/migration.sql`)) return `${path}/migration.sql`;
  if (existsSync(`${path}/up.sql`)) {
    refuseMetadata(`${path}/metadata.toml`);
    return `${path}/up.sql`;
  }
  const entries = listFolder(path);
  const other = findMigration(entries, depthLimit);
  if (other !== undefined) {
    const fix = "Move it up to the others, or let `migrations:` name its folder";
    refuseFile(other.path, "in a subfolder, only NAME/migration.sql and NAME/up.sql are run", fix);
  }
  if (migrationName.test(name)) {
    const cause = "it is named like a migration, and holds neither migration.sql nor up.sql";
    refuseFile(path, cause, "Check that the image copies all files, or remove the folder");
  }
  return undefined;
}

/** As Prisma, Drizzle, diesel and Hasura name folders. */
const migrationName = /^(?:\d{10,}|\d{4}-\d\d-\d\d-\d{6})_/;

/** https://docs.rs/diesel_migrations/latest/diesel_migrations/ */
function refuseMetadata(path: string): void {
  if (!existsSync(path)) return;
  const settings = readFileSync(path, "utf8").split(/\r?\n/);
  const other = settings.find((line) => !/^\s*(?:#.*)?$|^\s*run_in_transaction\s*=\s*true\s*(?:#.*)?$/.test(line));
  if (other === undefined) return;
  const fix =
    "Write `-- seaworthy: no-transaction` at the head of up.sql for `run_in_transaction = false`, and delete this file";
  refuseFile(path, `diesel's setting "${other.trim()}" is not read`, fix);
}

const inside =
  /^(?:migration|up)\.\w+$|^(?!down\.sql$).*\.sql$|^(?:\d+[-_.]|V[\d._]+__).*\.(?:[cm]?[jt]s|go|rb|py|php|java|kt|exs|cs|rs)$/i;

function findMigration(entries: readonly Entry[], depth: number): Entry | undefined {
  const found = entries.find(
    ({ name, kind }) => kind !== "folder" && inside.test(name) && !/\.d\.[cm]?ts$/i.test(name),
  );
  if (found !== undefined || depth === 0) return found;
  for (const entry of entries) {
    if (entry.kind !== "folder" || otherFolders.test(entry.name)) continue;
    const deeper = findMigration(listFolder(entry.path), depth - 1);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}
