/** A session with a database, as the rooms see it. */
export interface Session {
  /** Sends one message of one or more statements and gives the rows of the last one that returns any. */
  readonly query: (sql: string) => Promise<readonly Row[]>;
  /** Sends one message of one or more statements whose rows nobody wants: none is kept. */
  readonly execute: (sql: string) => Promise<void>;
  /** Sends one statement with values for `$1`, `$2`, … */
  readonly queryWith: (sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** Whether a transaction pooler stands between: what is SET may then stay behind in another client's session. */
  readonly isPooled: () => Promise<boolean>;
  /** Writes a value as SQL text: `it's` → `'it''s'`. */
  readonly literal: (value: string) => string;
  /** Asks the server to cancel what runs in this session, which then fails with SQLSTATE 57014. Never rejects. */
  readonly cancel: () => Promise<void>;
  /** Never rejects, and never waits for a server that does not answer. */
  readonly close: () => Promise<void>;
  /** Resolves when the connection was lost; stays pending when it was closed by us. */
  readonly lost: Promise<Error>;
}

/** What reads: a look writes nothing. */
export type ReadSession = Pick<Session, "query" | "literal">;

/** A session for one look, which closes it. */
export type LookSession = Pick<Session, "query" | "literal" | "close">;

export type Row = Readonly<Record<string, unknown>>;

/** The server refused a statement. */
export class StatementError extends Error {
  override readonly name = "StatementError";
  /** Five characters: https://www.postgresql.org/docs/current/errcodes-appendix.html */
  readonly sqlState: string;
  /** Where in the message's text, in characters, the first being 1. */
  readonly position: number | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  /** Where in functions and DO blocks it happened, a line for each. */
  readonly context: string | undefined;
  /** How many statements of the message were done before. Undefined where they were not counted. */
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

/** No session could be had, or it was lost. The message names the place and the fix, never the password. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
  /** Whether trying again may help: a server that starts, yes; a wrong password, no. */
  readonly transient: boolean;
  /** How many statements of the message were done when the session was lost. Undefined where none had been sent. */
  readonly statementsDone: number | undefined;

  constructor(message: string, { transient, cause, statementsDone }: UnreachableErrorFields) {
    super(message, { cause });
    this.transient = transient;
    this.statementsDone = statementsDone;
  }
}

interface UnreachableErrorFields {
  readonly transient: boolean;
  readonly statementsDone?: number;
  readonly cause: unknown;
}
