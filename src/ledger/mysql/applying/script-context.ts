import type { Log } from "../../../kernel/log.ts";
import type { MigrationScript } from "../../../migrations/script.ts";
import type { Progress } from "../../history.ts";
import type { Records } from "../tables/records.ts";
import type { WorkSession } from "../work-session.ts";
import type { UnsettledStep } from "./unsettled.ts";

/** Everything that applying one migration needs. */
export interface ScriptContext {
  readonly script: MigrationScript;
  /** Holds the lock. */
  readonly session: WorkSession;
  readonly records: Records;
  /** SQL that records that the migration begins. For a module, it was sent. */
  readonly intent: string;
  /** SQL that limits the waits of this session for locks. */
  readonly lockWaitSql: string;
  /** How far an earlier run has come, if there was one. */
  readonly progress: Progress | undefined;
  /** The statement that was running when that run ended. */
  readonly unsettled: UnsettledStep | undefined;
  /** Retries a step if another session holds a lock (../../applying/retry.ts). */
  readonly retry: (step: () => Promise<void>) => Promise<void>;
  readonly log: Log;
  /** Aborted on an interruption. */
  readonly signal: AbortSignal;
}
