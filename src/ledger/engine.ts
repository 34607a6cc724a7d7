import type { Clock } from "../kernel/clock.ts";
import type { Session } from "../kernel/database.ts";
import type { Log } from "../kernel/log.ts";
import type { HistoryState } from "./history.ts";
import type { Ledger } from "./ledger.ts";
import type { OpenSession } from "./sessions.ts";

/** A database engine that keeps a ledger: what its folder exports. */
export interface Engine {
  /**
   * For a look: one query that writes nothing and waits for no lock. Unknown rows mean that the database is ahead, which
   * is fine.
   * @param table `schema.table` in lower case
   * @param wanted the image's expand migrations, in order
   */
  readonly readHistory: (session: Session, table: string, wanted: readonly string[]) => Promise<HistoryState>;
  /** The version recorded last for this app; undefined where none is. One query that waits for no lock. */
  readonly readRelease: (session: Session, app: string) => Promise<string | undefined>;
  /** A sentence without its full stop, where an upgrade is running in this database or has left a statement running. */
  readonly describeUpgrade: (session: Pick<Session, "query">) => Promise<string | undefined>;
  /**
   * Asks for the notifications of upgrades on a session that hands them over, and by which this instance is seen to be
   * alive. Returns why it cannot have them; undefined when it has.
   */
  readonly listen: (session: Session) => Promise<ListenRefusal | undefined>;
  /** Opens a database for an upgrade, a plan or a baseline. */
  readonly openLedger: (url: string, options: LedgerOptions) => Promise<Ledger>;
}

export interface ListenRefusal {
  readonly reason: string;
  /** A standby may be promoted, a right may be granted. */
  readonly mayChange: boolean;
}

export interface LedgerOptions {
  /** What the sessions are for: shown to operators of the server. */
  readonly purpose: "upgrade" | "baseline" | "plan";
  /** Opens a session that whoever passes this closes. Throws a Failure (69). */
  readonly open: OpenSession;
  /** Opens a session that the ledger closes itself, also after an interruption. Rejects with an UnreachableError. */
  readonly openAfresh: OpenSession;
  readonly context: LedgerContext;
}

/** What a ledger needs of the process. */
export interface LedgerContext {
  readonly clock: Clock;
  /** From 0 up to 1, as Math.random. */
  readonly random: () => number;
  readonly log: Log;
  /** Aborted when the upgrade is to be interrupted: what runs is cancelled and rolled back. */
  readonly signal: AbortSignal;
}
