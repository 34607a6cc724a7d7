import { migrationFiles, split } from "./file-patterns.ts";
import type { FileTree } from "./file-tree.ts";
import type { SqlWords, WantedMigration } from "../tool.ts";

/**
 * `V1_2__add_users.sql` is version 1.2. `R__views.sql` runs again after each change; Flyway records its description.
 */
const files = migrationFiles({
  pattern: /^(?:[VB](\d+(?:[._]\d+)*)(?:__.*)?|R__(.+))\.(?:sql|java|class|kt|groovy)$/,
  deep: true,
  keys: ([, version, description = ""]) => [
    version === undefined ? `R ${description.replaceAll("_", " ")}` : canonical(version),
  ],
});

/**
 * `B5__schema.sql` stands for all versions up to 5 on an empty database. Flyway runs the last one, and ignores all on any
 * other database. Its version counts only if the files that it stands for are deleted.
 */
export function readFlywayFiles(tree: FileTree): readonly WantedMigration[] {
  const all = files(tree);
  const isBaseline = ({ file = "" }: WantedMigration) => /^B\d/.test(split(file).name);
  const others = all.filter((migration) => !isBaseline(migration));
  const last = all
    .filter(isBaseline)
    .toSorted((a, b) => compareParts(a.keys[0] ?? "", b.keys[0] ?? ""))
    .at(-1);
  if (last === undefined || others.some((migration) => coversVersion(last.keys[0] ?? "", migration))) return others;
  return [last, ...others];
}

/** `01.02.0` and `1.2` are the same version: removes leading zeros from each part, and empty parts at the end. */
function canonical(version: string): string {
  const parts = version.split(/[._]/).map((part) => part.replace(/^0+/, ""));
  return `.${parts.join(".")}`.replace(/\.+$/, "");
}

/** The SQL removes at most this many leading zeros of a part. */
const leadingZeros = 8;

/** `canonical` in SQL. */
export function canonicalVersion({ kind, concat }: SqlWords): string {
  const start = concat("'.'", "REPLACE(version, '_', '.')");
  const stripped = Array.from({ length: leadingZeros }).reduce((sql: string) => `REPLACE(${sql}, '.0', '.')`, start);
  return kind === "mysql" ? `TRIM(TRAILING '.' FROM ${stripped})` : `RTRIM(${stripped}, '.')`;
}

/** A baseline covers every version up to its own. */
export function coversVersion(baseline: string, { keys: [version = ""] }: WantedMigration): boolean {
  return version.startsWith(".") && compareParts(version, baseline) <= 0;
}

function compareParts(a: string, b: string): number {
  const [left, right] = [a.split("."), b.split(".")];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = BigInt(left[index] || "0") - BigInt(right[index] || "0");
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}
