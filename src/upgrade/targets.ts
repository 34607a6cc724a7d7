import type { Session } from "../kernel/database.ts";
import type { Observation } from "../kernel/observation.ts";
import type { Leftover } from "../ledger/leftover.ts";
import type { MigrationFile } from "../migrations/migration-file.ts";

/** How a database is reached, in words that never hold a password. */
export interface Connection {
  readonly url: string;
  /** `Postgres at db:5432/shop` */
  readonly place: string;
  /** Where the URL was written: `upgrade.url in /app/seaworthy.yaml, from UPGRADE_DATABASE_URL`. */
  readonly origin: string;
}

/** One database, and what this image wants in it. */
export interface UpgradeTarget extends Connection {
  /** The health check's connection to it; undefined where that has the same URL, or no dependency is there. */
  readonly readBy: Connection | undefined;
  readonly schemas: readonly SchemaTarget[];
  /** What another migration tool applies there. */
  readonly toolSchemas: readonly ToolSchema[];
}

/** A schema whose migrations seaworthy applies and records itself. */
export interface SchemaTarget {
  /** The table of its history: `schema.table` in lower case. */
  readonly history: string;
  /** In the order in which they are applied. */
  readonly migrations: readonly MigrationFile[];
}

/** A schema that another migration tool changes. */
export interface ToolSchema {
  /** The dependency's name. */
  readonly name: string;
  /** The names of what that tool has not applied. */
  readonly missing: (session: Session) => Promise<readonly string[]>;
}

/** A database that only its tool migrates, for seaworthy keeps no ledger there: MySQL, MariaDB, SQLite. */
export interface ToolDatabase {
  /** The dependency's name. */
  readonly name: string;
  /** The names of what its tool has not applied. Rejects with an UnreachableError. */
  readonly missing: () => Promise<readonly string[]>;
  /** What earlier commands have left running there. Rejects with an UnreachableError. */
  readonly findLeftovers: () => Promise<readonly Leftover[]>;
}

/** A schema as the health check looks at it. */
export interface SchemaCheck {
  /** The dependency's name. */
  readonly name: string;
  readonly url: string;
  /** Through the given session, or through one of its own. */
  readonly look: (session?: Session) => Promise<Observation>;
}
