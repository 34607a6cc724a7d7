/** A session with a database. */
export interface Session {
  /** Sends one message with one or more statements. Returns the rows of the last statement that has any. */
  readonly query: (sql: string) => Promise<readonly Row[]>;
  /** Sends one message with one or more statements. Drops their rows. */
  readonly execute: (sql: string) => Promise<void>;
  /** Sends one statement with values for `$1`, `$2`, … */
  readonly queryWith: (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** Whether there is a transaction pooler in between. SET may then affect another client's session. */
  readonly isPooled: () => Promise<boolean>;
  /** Writes a value as SQL text: `it's` → `'it''s'`. */
  readonly literal: (value: string) => string;
  /** Asks the server to cancel the running statement, which then fails with SQLSTATE 57014. Never rejects. */
  readonly cancel: () => Promise<void>;
  /** Never rejects, and never waits for a server that does not answer. */
  readonly close: () => Promise<void>;
  /** Resolves if the connection is lost. Stays pending if we close it. */
  readonly lost: Promise<Error>;
}

/** A session that only reads: a look writes nothing. */
export type ReadSession = Pick<Session, "query" | "literal">;

/** A session for one look. The look closes it. */
export type LookSession = Pick<Session, "query" | "literal" | "close">;

export type Row = Readonly<Record<string, unknown>>;

/** The server refused a statement. */
export class StatementError extends Error {
  override readonly name = "StatementError";
  /** Five characters: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly sqlState: string;
  /** The position in the message's text, in characters from 1. */
  readonly position: number | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** The call stack of functions and DO blocks, one per line. */
  readonly context: string | undefined;
  /** How many statements of the message had completed. Undefined if they were not counted. */
  readonly statementsDone: number | undefined;

  constructor(message: string, fields: StatementErrorFields) {
    super(message, { cause: fields.cause });
    this.sqlState = fields.sqlState;
    this.position = fields.position;
    this.detail = fields.detail;
    this.hint = fields.hint;
    this.context = fields.context;
    this.statementsDone = fields.statementsDone;
  }
}

interface StatementErrorFields {
  readonly sqlState: string;
  readonly position?: number | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly context?: string | undefined;
  readonly statementsDone?: number | undefined;
  readonly cause: unknown;
}

/** A session could not be opened, or was lost. The message names the server and the fix, never the password. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  /** Whether a retry may help: yes while a server starts, no for a wrong password. */
  readonly transient: boolean;
  /** Whether the server has no connection left. */
  readonly isCrowded: boolean;
  /** How many statements of the message had completed when the session was lost. Undefined if none had been sent. */
  readonly statementsDone: number | undefined;

  constructor(message: string, { transient, isCrowded = false, cause, statementsDone }: UnreachableErrorFields) {
    super(message, { cause });
    this.transient = transient;
    this.isCrowded = isCrowded;
    this.statementsDone = statementsDone;
  }
}

interface UnreachableErrorFields {
  readonly transient: boolean;
  readonly isCrowded?: boolean;
  readonly statementsDone?: number;
  readonly cause: unknown;
}
