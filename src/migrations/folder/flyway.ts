import type { MigrationFile } from "../migration-file.ts";
import type { Entry } from "./listing.ts";
import { refuseFile } from "./refusal.ts";

const byFlyway = "let Flyway run it with upgrade.migrate";

/** https://documentation.red-gate.com/fd/callback-events-277579323.html */
const callback =
  /^(?:before|after)(?:Each)?(?:Clean|Migrate|Undo|Repeatables|Versioned|Validate|Baseline|Repair|Info|Connect|Deploy\w*)(?:Statement)?(?:Error)?(?:Applied)?(?:OperationFinish)?(?:__.*)?\.\w+$/;
const ofFlyway = /^[VUBR][\d._]*__.+\.\w+$/;
/** A lower-case prefix or a single underscore. */
const misspelt = /^(?:[vub][\d._]*\d__|r__|[Vv]\d[\d.]*_(?![\d_])).*\.sql$/;

/** Throws a Failure (78) for a file that Flyway handles in a way that seaworthy does not. */
export function refuseFlyway({ name, path }: Entry, names: readonly string[]): void {
  if (/^R__.*\.sql$/.test(name)) {
    refuseFile(path, "repeatable migrations of Flyway are not run", `Make it a migration of its own, or ${byFlyway}`);
  }
  if (/^B[\d._]+__.*\.sql$/.test(name)) {
    const cause = "it is a baseline of Flyway, which replaces the migrations up to its version";
    refuseFile(path, cause, `Delete it, or delete those migrations and name it V…, or ${byFlyway}`);
  }
  const isCallback = callback.test(name) || (/^createSchema(?:__.*)?\.sql$/.test(name) && names.some(isFlyway));
  if (isCallback) {
    const fix = `Move its statements into a migration or a hook, or ${byFlyway}`;
    refuseFile(path, "it is a callback of Flyway, and seaworthy does not call it", fix);
  }
  if (/\.(?:sql|sh|ps1|cmd|bat|py)\.conf$/i.test(name)) {
    const fix = `Write \`-- seaworthy: no-transaction\` at the head of the migration for executeInTransaction=false and delete this file, or ${byFlyway}`;
    refuseFile(path, "Flyway's settings of one migration are not read", fix);
  }
  if (misspelt.test(name)) {
    const cause = "it looks like a file of Flyway, but would be sorted by letters";
    refuseFile(path, cause, "Name it V1_2__NAME.sql, with a capital V and two underscores, or begin with the number");
  }
}

function isFlyway(name: string): boolean {
  return ofFlyway.test(name);
}

/** Throws a Failure (78) for two files of one version: to Flyway, `V1`, `V01`, `V1.0` and `V1_0` are the same. */
export function refuseSameVersion(files: readonly MigrationFile[]): void {
  const seen = new Map<string, MigrationFile>();
  for (const file of files) {
    const version = versionOf(file.name);
    if (version === undefined) continue;
    const other = seen.get(version);
    seen.set(version, file);
    if (other === undefined) continue;
    const cause = `it has the same version as ${other.name}, and Flyway refuses this`;
    refuseFile(file.path, cause, "Give the one that is not yet applied anywhere another version");
  }
}

function versionOf(name: string): string | undefined {
  const [, version] = /^V(\d+(?:[._]\d+)*)__/.exec(name) ?? [];
  if (version === undefined) return undefined;
  const numbers = version.split(/[._]/).map((digits) => digits.replace(/^0+(?=\d)/, ""));
  return numbers.join(".").replace(/(?:\.0)+$/, "");
}
