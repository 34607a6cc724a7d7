import type { Alteration } from "./alteration.ts";
import type { Name } from "./names.ts";
import type { LintRuleId } from "./rules/rules.ts";
import type { Scope } from "./scope.ts";

/** A possible finding. A later statement or the database may still show that it is harmless. */
export interface Problem {
  readonly rule: LintRuleId;
  /** Where in the migration, in UTF-16 units. */
  readonly at: number;
  /** One sentence: what breaks or blocks, and on which table. */
  readonly message: string;
  /** Replaces the rule's safe way. */
  readonly safeWay?: string;
  /** The problem is dropped if a later statement of the same transaction creates the object with this key. */
  readonly unlessMade?: string;
  /** The problem is dropped if all problems of one of these groups are dropped. */
  readonly unlessAllHarmless?: readonly Alteration["found"][];
  /** The statement affects more than this database: roles, other databases, the server. */
  readonly isOutside?: boolean;
  /** The problem is dropped if the column's facts in the database satisfy `isHarmless`. */
  readonly unlessColumn?: {
    readonly table: Name;
    readonly column: string;
    readonly isHarmless: (facts: ColumnFacts) => boolean;
    /** The assumption if the database cannot be asked. Default: false. */
    readonly isHarmlessIfUnknown?: boolean;
  };
}

/** Facts that only the database has. */
export interface ColumnFacts {
  /** In the format of `format_type`: `character varying(50)`. */
  readonly type: string;
  /** Whether the column is already NOT NULL, for all rows. */
  readonly isNotNull: boolean;
  /** Its constraints `CHECK (column IS NOT NULL)`. */
  readonly notNullChecks: readonly { readonly name: string; readonly isValid: boolean }[];
}

/** The input of every check, besides its statement. */
export interface Context {
  readonly scope: Scope;
  /** The server's major version. */
  readonly serverVersion: number;
  /** Whether the statement shares its transaction with others. */
  readonly inTransaction: boolean;
  /** Whether the statement may be skipped: it is in the body of a DO block, which may have IF and EXCEPTION. */
  readonly isConditional: boolean;
  /** The start of the statement in the migration. */
  readonly at: number;
  readonly report: (problem: Problem) => void;
  /** Drops the problems with this `unlessMade`. Returns whether there were any. */
  readonly withdraw: (made: string) => boolean;
  /** The line number of a place in the migration, from 1. */
  readonly lineOf: (at: number) => number;
}
