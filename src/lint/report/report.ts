import { countOf } from "../../kernel/count.ts";
import type { JudgedFindings } from "../../migrations/finding.ts";
import type { Language } from "../../migrations/language.ts";

/** What the linter found in some migrations, in their order. */
export interface LintReport {
  readonly migrations: readonly LintedMigration[];
  readonly unreadable: readonly Unreadable[];
}

export interface LintedMigration extends JudgedFindings {
  readonly name: string;
  readonly path: string;
  readonly language: Language;
  readonly tier: "expand" | "contract";
  /** The oldest app version that still works after a contract migration. */
  readonly floor?: string;
  readonly linted: boolean;
  /** Whether it was read with the database's own grammar. Without one, few rules apply. */
  readonly grammar: boolean;
  /** Why it was not linted. */
  readonly notLinted?: string;
}

/** A file that cannot be read as a migration, or a reason why an upgrade would be refused. */
export interface Unreadable {
  /** Undefined if no file is meant. */
  readonly path?: string;
  /** Both count from 1. Undefined if the whole file is meant. */
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** Makes a path as readers of the output expect it: relative to their root, with forward slashes. */
export type ShowPath = (path: string) => string;

export function countFindings({ migrations }: Pick<LintReport, "migrations">): number {
  return migrations.reduce((sum, { findings }) => sum + findings.length, 0);
}

export function countPlain({ migrations }: Pick<LintReport, "migrations">): number {
  return migrations.filter(({ linted, grammar }) => linted && !grammar).length;
}

/** Readers must know that an empty list means less for these files. */
export function describePlain(count: number): string {
  return `${countOf(count, "migration")} for MySQL, MariaDB or SQLite, read statement by statement without a grammar: few rules apply`;
}
