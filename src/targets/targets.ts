import type { Session } from "../kernel/database.ts";
import type { Observation } from "../kernel/observation.ts";
import type { Leftover } from "../ledger/leftover.ts";
import type { MigrationFile } from "../migrations/migration-file.ts";

/** Describes how a database is reached. `place` and `origin` never hold a password. */
export interface Connection {
  readonly url: string;
  /** `Postgres at db:5432/shop` */
  readonly place: string;
  /** The URL's source: `upgrade.url in /app/seaworthy.yaml, from UPGRADE_DATABASE_URL`. */
  readonly origin: string;
}

/** A database, and the schemas that this image needs in it. */
export interface UpgradeTarget extends Connection {
  /** The health check's connection. Undefined if it has the same URL, or if no dependency uses this database. */
  readonly readBy: Connection | undefined;
  readonly schemas: readonly SchemaTarget[];
  /** The schemas that another migration tool changes there. */
  readonly toolSchemas: readonly ToolSchema[];
}

/** A schema whose migrations seaworthy applies and records itself. */
export interface SchemaTarget {
  /** The dependency's name. */
  readonly name: string;
  /** The table of its history: `schema.table` in lower case. */
  readonly history: string;
  /** In the order in which they are applied. */
  readonly migrations: readonly MigrationFile[];
}

/** A schema that another migration tool changes. */
export interface ToolSchema {
  /** The dependency's name. */
  readonly name: string;
  /** The names of the tool's pending migrations. */
  readonly missing: (session: Session) => Promise<readonly string[]>;
}

/** A database in which seaworthy keeps no ledger, so only its tool migrates it. */
export interface ToolDatabase {
  /** The dependency's name. */
  readonly name: string;
  /** The names of its tool's pending migrations. Rejects with an UnreachableError. */
  readonly missing: () => Promise<readonly string[]>;
  /** Statements that earlier commands left running there. Rejects with an UnreachableError. */
  readonly findLeftovers: () => Promise<readonly Leftover[]>;
}

/** A dependency as the health check looks at it. */
export interface DependencyCheck {
  readonly name: string;
  /** Where a schema is. Undefined for other kinds. */
  readonly url: string | undefined;
  /** Whether `upgrade.verify` names it: then an upgrade looks at it even if its record says that there is nothing to do. */
  readonly isListed: boolean;
  /** Whether it is in the container itself: a file or a command. There is no server that could be down for a while. */
  readonly isLocal: boolean;
  /** Uses the given session, or opens one. */
  readonly look: (session?: Session) => Promise<Observation>;
}
