import type { Session } from "../../kernel/database.ts";
import type { LedgerContext } from "../engine.ts";
import type { HeldLock } from "./lock.ts";
import type { ServerSettings } from "./settings.ts";

/** The session in which migrations are applied, and the lock that allows it. */
export interface MigrationSession {
  readonly session: Session;
  readonly server: ServerSettings;
  readonly lock: HeldLock;
  readonly context: LedgerContext;
}
