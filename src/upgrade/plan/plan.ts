import type { JudgedFindings } from "../../migrations/finding.ts";
import type { Language } from "../../migrations/language.ts";
import type { NamedDatabase } from "../steps/connect.ts";

/** The work that an upgrade would do now. */
export interface Plan {
  /** The databases, and the role used in each. */
  readonly databases: readonly NamedDatabase[];
  /** From the recorded release to the image's version. A missing one is null, so JSON shows the key. */
  readonly app: { readonly name: string; readonly from: string | null; readonly to: string | null };
  readonly migrations: readonly PlannedMigration[];
  /** Another tool's pending migrations, by dependency name. */
  readonly foreign: Readonly<Record<string, readonly string[]>>;
  /** Dependencies that `upgrade.verify` names and that are not what this image needs. */
  readonly regressions: readonly { readonly name: string; readonly reason: string }[];
  /** The key of the command that applies them, by dependency name. Left out if there is none. */
  readonly tools: Readonly<Record<string, string>>;
  /** Hooks that would run, by their keys in the configuration. */
  readonly hooks: readonly string[];
  /** Drift that the upgrade would refuse. */
  readonly drift: readonly { readonly kind: string; readonly name: string }[];
  readonly nothingToDo: boolean;
}

export interface PlannedMigration extends JudgedFindings {
  readonly name: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly language: Language;
  readonly tier: "expand" | "contract";
  /** The oldest app version that still works after a contract migration. */
  readonly floor?: string;
  readonly transaction: boolean;
  /** Later migrations are already applied: this one was merged late. */
  readonly outOfOrder: boolean;
  /** How many of its statements are done, if it was begun and not finished. */
  readonly resumesAfter?: number;
  /** Why it would be deferred. */
  readonly deferredBecause?: string;
  /** Whether the linter has read it: only SQL. */
  readonly linted: boolean;
  /** Whether the linter has read it with the database's own grammar: only Postgres. Without one, few rules apply. */
  readonly grammar: boolean;
}
