import type { Clock } from "../kernel/clock.ts";
import type { ReadSession, Session } from "../kernel/database.ts";
import type { Log } from "../kernel/log.ts";
import type { HistoryState } from "./history.ts";
import type { Instances } from "./instances.ts";
import type { Ledger } from "./ledger.ts";
import type { OpenSession } from "./sessions.ts";

/** A database engine that keeps a ledger. Each engine's folder exports one. */
export interface Engine {
  /**
   * For a look: one query that writes nothing and waits for no lock. Unknown rows are fine: the database is ahead.
   * @param table `schema.table` in lower case
   * @param wanted the image's expand migrations, in order
   */
  readonly readHistory: (session: ReadSession, table: string, wanted: readonly string[]) => Promise<HistoryState>;
  /** The app's last recorded version, or undefined. One query that waits for no lock. */
  readonly readRelease: (session: ReadSession, app: string) => Promise<string | undefined>;
  /** Says that an upgrade, or a statement that it left, is running: a sentence without its full stop. Else undefined. */
  readonly describeUpgrade: (session: Pick<Session, "query">) => Promise<string | undefined>;
  readonly instances: Instances;
  /** How instances learn of the end of an upgrade without polling. Undefined if this engine has no notifications. */
  readonly notifications?: Notifications;
  /** Opens a database for an upgrade, a plan or a baseline. */
  readonly openLedger: (url: string, options: LedgerOptions) => Promise<Ledger>;
}

/** All instances together hold at most `percent` of the connections that the server allows. */
export interface Notifications {
  /** Whether one more instance may hold a connection. */
  readonly hasRoom: (session: ReadSession, percent: number) => Promise<boolean>;
  /** Listens for upgrades. The session stays open. Returns why it cannot listen, or undefined. */
  readonly listen: (session: Session, percent: number) => Promise<ListenRefusal | undefined>;
}

export interface ListenRefusal {
  readonly reason: string;
  /** True if a retry may help: a standby may be promoted, a right may be granted. */
  readonly mayChange: boolean;
}

export interface LedgerOptions {
  /** Shown in the server's list of sessions. */
  readonly purpose: "upgrade" | "baseline" | "plan";
  /** Opens a session that the caller of openLedger closes. Throws a Failure (69). */
  readonly open: OpenSession;
  /** Opens a session that the ledger closes itself, also after an interruption. Rejects with an UnreachableError. */
  readonly openAfresh: OpenSession;
  readonly context: LedgerContext;
}

/** The parts of the process that a ledger needs. */
export interface LedgerContext {
  readonly clock: Clock;
  /** From 0 up to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  /** Aborted on an interruption: running statements are cancelled and rolled back. */
  readonly signal: AbortSignal;
}
