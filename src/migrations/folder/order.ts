import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { ExitCode, Failure } from "../../kernel/failure.ts";
import type { MigrationFile } from "../migration-file.ts";
import { sortByLetters, sortByName } from "../order.ts";
import { sortByJournal } from "./journal.ts";
import { readHead } from "./listing.ts";
import { refuseFile } from "./refusal.ts";

/**
 * Sorts migrations like the tool that wrote the folder: Prisma, Drizzle, diesel, Atlas, dbmate and graphile-migrate
 * sort by letters, all others by number. Throws a Failure (78) if no tool is recognised and the order is ambiguous:
 * dates of different lengths, or numbers inside names.
 */
export function inOrder(folder: string, files: readonly MigrationFile[]): readonly MigrationFile[] {
  const journal = `${folder}/meta/_journal.json`;
  if (existsSync(journal)) return sortByJournal(journal, files);
  refuseSqitch(folder);
  const byLetters = sortByLetters(files);
  if (files.every(isFolder) || existsSync(`${folder}/atlas.sum`)) return byLetters;
  const byNumber = sortByName(files);
  if (byLetters.some((file, index) => file !== byNumber[index]) && files.slice(0, sampleSize).some(goesByLetters)) {
    return byLetters;
  }
  refuseDoubtful(byNumber);
  return byNumber;
}

/** Sqitch keeps its scripts in a subfolder. Their names do not give an order. */
function refuseSqitch(folder: string): void {
  const plan = [`${folder}/sqitch.plan`, `${dirname(folder)}/sqitch.plan`].find((path) => existsSync(path));
  if (plan === undefined) return;
  refuseFile(plan, "the order of Sqitch is not read", "Let Sqitch run its scripts with upgrade.migrate");
}

/** A sample is enough: one tool writes the whole folder. */
const sampleSize = 20;

/** `NAME/migration.sql`, `NAME/up.sql` */
function isFolder({ name, path }: MigrationFile): boolean {
  return path.endsWith(`/${name}/migration.sql`) || path.endsWith(`/${name}/up.sql`);
}

function goesByLetters({ path }: MigrationFile): boolean {
  return /^[ \t]*--[ \t]*migrate:up\b|^--! Previous:/m.test(readHead(path));
}

function refuseDoubtful(byNumber: readonly MigrationFile[]): void {
  refuseHiddenNumber(byNumber);
  const dated = byNumber.filter(({ name }) => /^\d{8}/.test(name));
  const datedByLetters = sortByLetters(dated);
  const at = dated.findIndex((file, index) => file !== datedByLetters[index]);
  const [one, other] = [dated[at], datedByLetters[at]];
  if (one !== undefined && other !== undefined) {
    const fix = "Give all numbers the same length before they are applied anywhere";
    refuseOrder(one, other, "their numbers have different lengths", fix);
  }
  for (const [index, file] of byNumber.entries()) {
    const next = byNumber[index + 1];
    if (next === undefined || !isInverted(file.name, next.name)) continue;
    refuseOrder(
      file,
      next,
      "by number and by letter they come in different orders",
      "Begin the names with numbers, or write the same number of digits in each",
    );
  }
}

/** `+1_a`, ` 1_a`, `１_a`: beside names with plain numbers, they would come last. Its first use takes 0.2 ms. */
const hiddenNumber = /^(?:[^\p{L}\p{N}_.]+\p{Nd}|(?!\d)\p{Nd})/u;

function refuseHiddenNumber(files: readonly MigrationFile[]): void {
  const hidden = files.find(({ name }) => !/^\d/.test(name) && hiddenNumber.test(name));
  if (hidden === undefined || !files.some(({ name }) => /^\d/.test(name))) return;
  const cause = "its number is not at the beginning or not in plain digits, so it would be run after all numbered ones";
  refuseFile(hidden.path, cause, "Begin the name with the number");
}

/** Whether the first place where two names differ is a number, and the first is greater: `v10` comes before `v2`. */
function isInverted(first: string, second: string): boolean {
  if (first.startsWith("V")) return false;
  let start = 0;
  while (start < first.length && first[start] === second[start]) start++;
  while (/\d/.test(first.charAt(start - 1))) start--;
  // sortByName compares leading numbers as numbers.
  if (start === 0) return false;
  const number = /^\d+(?![\da-z])/i;
  const [one] = number.exec(first.slice(start)) ?? [];
  const [other] = number.exec(second.slice(start)) ?? [];
  return one !== undefined && other !== undefined && BigInt(one) > BigInt(other);
}

function refuseOrder(one: MigrationFile, other: MigrationFile, cause: string, fix: string): never {
  const names = `${one.path} or ${other.path}`;
  throw new Failure(ExitCode.configuration, `cannot tell which comes first, ${names}: ${cause}. ${fix}.`);
}
