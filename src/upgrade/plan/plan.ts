import type { Finding } from "../../migrations/finding.ts";
import type { NamedDatabase } from "../steps/connect.ts";

/** What an upgrade would do now. */
export interface Plan {
  /** Where it would work, and as whom. */
  readonly databases: readonly NamedDatabase[];
  /** From the recorded release to the image's version. Null for one that there is not, so that JSON shows it too. */
  readonly app: { readonly name: string; readonly from: string | null; readonly to: string | null };
  readonly migrations: readonly PlannedMigration[];
  /** What another tool would apply, by the name of the dependency. */
  readonly foreign: Readonly<Record<string, readonly string[]>>;
  /** Names of hooks that would run, as their keys in the configuration. */
  readonly hooks: readonly string[];
  /** What would be refused. */
  readonly drift: readonly { readonly kind: string; readonly name: string }[];
  readonly nothingToDo: boolean;
}

export interface PlannedMigration {
  readonly name: string;
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly tier: "expand" | "contract";
  /** The oldest app version that still works after a contract migration. */
  readonly floor?: string;
  readonly transaction: boolean;
  /** Others that come later by name are applied already: it was merged late. */
  readonly outOfOrder: boolean;
  /** How many of its statements are done, where it was begun and not finished. */
  readonly resumesAfter?: number;
  /** Why it would be left for a later upgrade. */
  readonly deferredBecause?: string;
  readonly findings: readonly Finding[];
}
