import type { Name } from "./names.ts";

/** How many parts of a name tell the object within its schema: a trigger's name is its table's and its own. */
const ownParts = { relation: 1, type: 1, routine: 1, trigger: 2, policy: 2, rule: 2, column: 2, schema: 1 } as const;

export type ObjectKind = keyof typeof ownParts;

/** A lock of this transaction on a table that others use. */
export interface HeldLock {
  readonly table: string;
  /** Where it was taken, in the migration. */
  readonly at: number;
  readonly blocks: "every query" | "every write";
}

/** What the statements so far have made and locked. */
export interface Scope {
  readonly add: (kind: ObjectKind, name: Name) => void;
  /** Whether this upgrade made it, or the schema that it is in: the previous version does not know it. */
  readonly has: (kind: ObjectKind, name: Name) => boolean;
  /** One text for all ways to write a name. */
  readonly identify: (kind: ObjectKind, name: Name) => string;
  /** Follows `SET search_path`. */
  readonly setDefaultSchema: (schema: string) => void;
  /** Functions of this upgrade that are declared STABLE or IMMUTABLE. */
  readonly steadyRoutines: Set<string>;
  /** Columns of this upgrade that may not be NULL, identified. */
  readonly requiredColumns: Set<string>;
  /** CHECK (column IS NOT NULL) constraints of this upgrade: identified column by identified table and constraint. */
  readonly notNullChecks: Map<string, string>;
  /** Constraints that were validated, identified the same. */
  readonly validated: Set<string>;
  readonly transaction: TransactionScope;
  /** Everything that the transaction held is let go. */
  readonly endTransaction: () => void;
}

/** What is over at the transaction's end. */
interface TransactionScope {
  readonly locks: HeldLock[];
  /** Constraints that were added NOT VALID, as table and constraint. */
  readonly notValid: Set<string>;
  /** Enum values that were added: type by value. */
  readonly newValues: Map<string, string>;
}

export function createScope(): Scope {
  const made = new Set<string>();
  let defaultSchema = "public";
  const qualify = (kind: ObjectKind, name: Name) =>
    kind !== "schema" && name.length === ownParts[kind] ? [defaultSchema, ...name] : name;
  const identify = (kind: ObjectKind, name: Name) => `${kind} ${qualify(kind, name).join("\0")}`;
  const transaction: TransactionScope = { locks: [], notValid: new Set(), newValues: new Map() };
  return {
    identify,
    transaction,
    steadyRoutines: new Set(),
    requiredColumns: new Set(),
    notNullChecks: new Map(),
    validated: new Set(),
    add: (kind, name) => void made.add(identify(kind, name)),
    has: (kind, name) =>
      made.has(identify(kind, name)) || made.has(identify("schema", qualify(kind, name).slice(0, 1))),
    setDefaultSchema: (schema) => void (defaultSchema = schema),
    endTransaction() {
      transaction.locks.length = 0;
      transaction.notValid.clear();
      transaction.newValues.clear();
    },
  };
}

/** One text for a constraint, which has a name of its own in each table. */
export const identifyConstraint = (scope: Scope, table: Name, constraint: string) =>
  `${scope.identify("relation", table)}\0${constraint}`;
