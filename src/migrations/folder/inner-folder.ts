import { readdirSync, readFileSync } from "node:fs";
import { decodeFile } from "../../kernel/utf8.ts";
import { couldBeMigration } from "./endings.ts";
import { listFolder, listOrRefuse, type Entry } from "./listing.ts";
import { refuseFile } from "./refusal.ts";
import { goesDown } from "./way-down.ts";

/** Folders beside migrations whose files are never migrations. */
const otherFolders =
  /^(?:\..*|node_modules|vendor|__pycache__|__tests__|tests?|testdata|seeds?|seeders|fixtures?|docs?|meta|examples?|samples?|snapshots?|archived?|old|backups?|downs?|undo|rollbacks?|reverts?|verify)$/i;
const depthLimit = 4;

/** Whether a folder beside migrations never holds any: `node_modules`, `seeds`, `tests`, … */
export function isOtherFolder(name: string): boolean {
  return otherFolders.test(name);
}

/**
 * The migration in a folder: `NAME/migration.sql` (Prisma, Drizzle) or `NAME/up.sql` (diesel); undefined if there is
 * none. Throws a Failure (78) if a migration would be skipped.
 */
export function migrationInside({ name, path }: Entry): string | undefined {
  if (otherFolders.test(name)) return undefined;
  // Only names, for speed: every start reads all folders, and there may be thousands.
  const names = listOrRefuse(path, (folder) => readdirSync(folder));
  const run = ["migration.sql", "up.sql"].find((one) => names.includes(one));
  if (run !== undefined) {
    refuseBeside(path, run, names);
    if (run === "up.sql" && names.includes("metadata.toml")) refuseMetadata(`${path}/metadata.toml`);
    return `${path}/${run}`;
  }
  const entries = listFolder(path);
  const other = findMigration(entries, depthLimit);
  if (other !== undefined) {
    const fix = "Move it up to the others, or set `migrations:` to its folder";
    refuseFile(other.path, "in a subfolder, only NAME/migration.sql and NAME/up.sql are run", fix);
  }
  if (migrationName.test(name)) {
    const cause = "it is named like a migration, but holds neither migration.sql nor up.sql";
    refuseFile(path, cause, "Check that the image copies all files, or remove the folder");
  }
  return undefined;
}

/** Folder names of Prisma, Drizzle, diesel and Hasura. */
const migrationName = /^(?:\d{10,}|\d{4}-\d\d-\d\d-\d{6})_/;

/** Files that tools write beside a migration. */
const companions = new Set(["migration.sql", "up.sql", "down.sql", "snapshot.json", "metadata.toml", "README.md"]);

/** Throws a Failure (78) if a skipped file could be a part of the migration. */
function refuseBeside(path: string, run: string, names: readonly string[]): void {
  const others = names.filter((name) => name !== run && (name === "up.sql" || !companions.has(name)));
  if (others.length === 0) return;
  const all = new Set(names.map((name) => name.toLowerCase()));
  const entries = listFolder(path).filter((entry) => others.includes(entry.name) && !goesDown(entry, all));
  const other = findInFolders(entries, couldBeMigration, depthLimit);
  if (other === undefined) return;
  const fix = `Move its statements into ${run} or into another migration, or move it out of the folder`;
  refuseFile(other.path, `it is not run: of this folder, only ${run} is run`, fix);
}

/** https://docs.rs/diesel_migrations/latest/diesel_migrations/ */
function refuseMetadata(path: string): void {
  const settings = decodeFile(path, readFileSync(path)).split(/\r?\n/);
  const other = settings.find((line) => !/^\s*(?:#.*)?$|^\s*run_in_transaction\s*=\s*true\s*(?:#.*)?$/.test(line));
  if (other === undefined) return;
  const fix =
    "Write `-- seaworthy: no-transaction` at the head of up.sql for `run_in_transaction = false`, and delete this file";
  refuseFile(path, `diesel's setting "${other.trim()}" is not read`, fix);
}

const inside =
  /^(?:migration|up)\.\w+$|^(?!down\.sql$).*\.sql$|^(?:\d+[-_.]|V[\d._]+__).*\.(?:[cm]?[jt]s|go|rb|py|php|java|kt|exs|cs|rs)$/i;

function findMigration(entries: readonly Entry[], depth: number): Entry | undefined {
  return findInFolders(entries, (name) => inside.test(name) && !/\.d\.[cm]?ts$/i.test(name), depth);
}

function findInFolders(
  entries: readonly Entry[],
  isWanted: (name: string) => boolean,
  depth: number,
): Entry | undefined {
  const found = entries.find(({ name, kind }) => kind !== "folder" && isWanted(name));
  if (found !== undefined || depth === 0) return found;
  for (const entry of entries) {
    if (entry.kind !== "folder" || otherFolders.test(entry.name)) continue;
    const deeper = findInFolders(listFolder(entry.path), isWanted, depth - 1);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}
