import type { Alteration } from "./alteration.ts";
import type { Name } from "./names.ts";
import type { LintRuleId } from "./rules/rules.ts";
import type { Scope } from "./scope.ts";

/** What a check has found, before it is known whether a later statement, or the database, makes it good. */
export interface Problem {
  readonly rule: LintRuleId;
  /** Where in the migration, in UTF-16 units. */
  readonly at: number;
  /** One sentence: what breaks or blocks, and on which table. */
  readonly message: string;
  /** In place of the rule's own. */
  readonly safeWay?: string;
  /** It is none if a later statement of the same transaction makes this, which a scope has identified. */
  readonly unlessMade?: string;
  /** It is none if all problems of one of these groups are none. */
  readonly unlessAllHarmless?: readonly Alteration["found"][];
  /** It is about more than this database: roles, other databases, the server. */
  readonly isOutside?: boolean;
  /** It is none if this holds for what the database says of a column. */
  readonly unlessColumn?: {
    readonly table: Name;
    readonly column: string;
    readonly isHarmless: (facts: ColumnFacts) => boolean;
    /** What to assume where nobody can be asked. Default: the worst. */
    readonly isHarmlessIfUnknown?: boolean;
  };
}

/** What only the database can tell. */
export interface ColumnFacts {
  /** As `format_type` writes it: `character varying(50)`. */
  readonly type: string;
  /** Whether it is NOT NULL already, for all rows. */
  readonly isNotNull: boolean;
  /** Its constraints `CHECK (column IS NOT NULL)`. */
  readonly notNullChecks: readonly { readonly name: string; readonly isValid: boolean }[];
}

/** What every check gets beside its statement. */
export interface Context {
  readonly scope: Scope;
  /** The server's major version. */
  readonly serverVersion: number;
  /** Whether the statement shares its transaction with others. */
  readonly inTransaction: boolean;
  /** Whether it may not be run at all: it is in the body of a DO block, where IF and EXCEPTION are. */
  readonly isConditional: boolean;
  /** Where the statement begins. */
  readonly at: number;
  readonly report: (problem: Problem) => void;
  /** Takes back what was reported under this `unlessMade`. Returns whether there was any. */
  readonly withdraw: (made: string) => boolean;
  /** The line of a place in the migration, from 1. */
  readonly lineOf: (at: number) => number;
}
