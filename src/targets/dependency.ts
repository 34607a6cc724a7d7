import type { Session } from "../kernel/database.ts";
import type { MigrationFile } from "../migrations/migration-file.ts";
import type { Hook } from "../hooks/run-hooks.ts";

/** A dependency that an upgrade brings up to date: a schema, or this app's own release. */
export interface Dependency {
  readonly name: string;
  readonly settings: {
    readonly url: string;
    /** The command of the tool that migrates this schema alone. */
    readonly migrate?: Hook;
  };
  /** Whether it has no database of its own, and is recorded in `upgrade.ledger`. */
  readonly isOnLedger: boolean;
  /** Only schemas have a source. */
  readonly source?: Source;
}

export interface Schema extends Dependency {
  readonly source: Source;
}

type Source =
  | { readonly recordedBy: "seaworthy"; readonly table: string; readonly migrations: readonly MigrationFile[] }
  | {
      readonly recordedBy: "tool";
      readonly history: { readonly read: (session: Session) => Promise<{ readonly missing: readonly string[] }> };
    };

export const isSchema = (dependency: Dependency): dependency is Schema => dependency.source !== undefined;
export const isOfTool = ({ source }: Dependency): boolean => source?.recordedBy === "tool";
