import type { Catalog, Routine } from "./catalog/catalog.ts";
import type { Alteration } from "./alteration.ts";
import type { Name } from "./names.ts";
import { nameOfKind, placeOfKind, type ObjectKind } from "./object-kinds.ts";

/** A lock of this transaction on a table that others use. */
export interface HeldLock {
  readonly table: string;
  /** Where it was taken, in the migration. */
  readonly at: number;
  readonly blocks: "every query" | "every write";
}

/**
 * `live`: the previous version may use it. `made`: by this upgrade. `absent`: there is none, because it was dropped, or
 * because the database has none and no statement that was seen makes one.
 */
type State = "live" | "made" | "absent";

/** What the statements so far have made, dropped and locked. */
export interface Scope {
  /** @param ifMissing it is left alone where it exists: IF NOT EXISTS, OR REPLACE, or in a branch of a DO block */
  readonly create: (kind: ObjectKind, name: Name, how?: { readonly ifMissing: boolean }) => void;
  readonly drop: (kind: ObjectKind, name: Name) => void;
  /** It keeps its rows and what else it has, under another name of its own or in another schema. */
  readonly rename: (kind: ObjectKind, name: Name, to: { readonly own?: string; readonly schema?: string }) => void;
  /** Whether the previous version cannot use it. Without a catalogue that is what this upgrade makes unconditionally. */
  readonly isNew: (kind: ObjectKind, name: Name) => boolean;
  /** One text for all ways to write a name. */
  readonly identify: (kind: ObjectKind, name: Name) => string;
  /** With its schema. */
  readonly inFull: (kind: ObjectKind, name: Name) => Name;
  /** The name in full that it had before this upgrade. */
  readonly originOf: (kind: ObjectKind, name: Name) => Name;
  /** Follows `SET search_path`. Undefined: it cannot be known. */
  readonly setSearchPath: (schemas: readonly string[] | undefined) => void;
  readonly resetSearchPath: () => void;
  /** Whom CURRENT_USER means. Undefined where that cannot be known. */
  currentRole: string | undefined;
  /** A migration begins: the search_path is the session's again, and there are no temporary tables. */
  readonly beginMigration: () => void;
  readonly catalog: Catalog | undefined;
  /** Functions of this upgrade that are declared STABLE or IMMUTABLE. */
  readonly steadyRoutines: Set<string>;
  /** Columns of this upgrade that may not be NULL, identified. */
  readonly requiredColumns: Set<string>;
  /** CHECK (column IS NOT NULL) constraints of this upgrade: identified column by identified table and constraint. */
  readonly notNullChecks: Map<string, string>;
  /** Columns that were SET NOT NULL, identified. */
  readonly setNotNull: Set<string>;
  /** Constraints that were validated, identified the same. */
  readonly validated: Set<string>;
  /** The table of each index of this upgrade, by the identified index. */
  readonly tablesOfIndexes: Map<string, Name>;
  /** What was dropped of each identified routine; `unknown` where it cannot be told which one that was. */
  readonly droppedRoutines: Map<string, readonly (Routine | "unknown")[]>;
  /** Of this migration, by the identified table. */
  readonly alterations: Map<string, readonly Alteration[]>;
  /** The identified table of the statement before this one, where that was an ALTER TABLE. */
  lastAltered: string | undefined;
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

const temporary = "pg_temp";

/** @param catalog what the database has. Without one, every name that is not known is taken for a live object's. */
export function createScope(catalog?: Catalog): Scope {
  const states = new Map<string, State>();
  // By what it is called now.
  const origins = new Map<string, Name>();
  const ownPath = catalog?.searchPath ?? ["public"];
  let path = ownPath;
  let isPathKnown = true;
  const resetSearchPath = () => {
    path = ownPath;
    isPathKnown = true;
  };

  const stateOf = (kind: ObjectKind, full: Name): State => {
    const known = states.get(nameOfKind(kind, full));
    if (known !== undefined) return known;
    const container = containerOf(kind, full);
    const around = container && stateOf(...container);
    if (around !== undefined && around !== "live") return around;
    if (full[0] === temporary && kind !== "schema") return "absent";
    return catalog === undefined || catalog.has(kind, originOf(kind, full)) ? "live" : "absent";
  };

  const originOf = (kind: ObjectKind, full: Name): Name => {
    const known = origins.get(nameOfKind(kind, full));
    const container = containerOf(kind, full);
    if (known !== undefined || container === undefined) return known ?? full;
    return [...originOf(...container), full.at(-1) ?? ""];
  };

  /** Where CREATE puts what has no schema in its name: the first of the path that there is. */
  const creationSchema = () =>
    path.find((schema) => catalog === undefined || stateOf("schema", [schema]) !== "absent") ?? path[0] ?? "";

  const schemaOf = (kind: ObjectKind, own: string): string => {
    const searched = [temporary, ...(catalog === undefined ? [] : ["pg_catalog"]), ...path];
    return searched.find((schema) => stateOf(kind, [schema, own]) !== "absent") ?? creationSchema();
  };

  /** The name in full: the first of the search_path that there is. */
  const resolve = (kind: ObjectKind, name: Name): Name => {
    const place = placeOfKind(kind);
    if (place === "database") return name.slice(-1);
    if (place === "table") return [...resolve("relation", name.slice(0, -1)), name.at(-1) ?? ""];
    const own = name.at(-1) ?? "";
    const schema = name.length > 1 ? (name.at(-2) ?? "") : schemaOf(kind, own);
    return [schema.startsWith(`${temporary}_`) ? temporary : schema, own];
  };

  const set = (kind: ObjectKind, full: Name, state: State) => void states.set(nameOfKind(kind, full), state);

  const alterations = new Map<string, readonly Alteration[]>();
  const transaction: TransactionScope = { locks: [], notValid: new Set(), newValues: new Map() };
  return {
    catalog,
    transaction,
    steadyRoutines: new Set(),
    requiredColumns: new Set(),
    notNullChecks: new Map(),
    setNotNull: new Set(),
    validated: new Set(),
    tablesOfIndexes: new Map(),
    droppedRoutines: new Map(),
    alterations,
    lastAltered: undefined,
    currentRole: catalog?.role,
    create(kind, name, { ifMissing } = { ifMissing: false }) {
      const isUnqualified = placeOfKind(kind) === "schema" && name.length === 1;
      const full = resolve(kind, isUnqualified ? [creationSchema(), ...name] : name);
      if (!ifMissing || stateOf(kind, full) === "absent") set(kind, full, "made");
    },
    drop: (kind, name) => set(kind, resolve(kind, name), "absent"),
    rename(kind, name, { own, schema }) {
      const full = resolve(kind, name);
      const [state, origin] = [stateOf(kind, full), originOf(kind, full)];
      const moved = [...full.slice(0, -1), own ?? full.at(-1) ?? ""];
      if (schema !== undefined) moved[0] = schema;
      set(kind, full, "absent");
      set(kind, moved, state);
      origins.set(nameOfKind(kind, moved), origin);
    },
    isNew(kind, name) {
      const state = stateOf(kind, resolve(kind, name));
      // It may be in a schema that the path names, whichever that is.
      const mayBeElsewhere =
        !isPathKnown && placeOfKind(kind) !== "database" && name.length <= (placeOfKind(kind) === "table" ? 2 : 1);
      return state === "made" || (state === "absent" && !mayBeElsewhere);
    },
    inFull: resolve,
    identify: (kind, name) => nameOfKind(kind, resolve(kind, name)),
    originOf: (kind, name) => originOf(kind, resolve(kind, name)),
    setSearchPath(schemas) {
      isPathKnown = schemas !== undefined;
      path = schemas?.flatMap((schema) => (schema === "$user" ? (this.currentRole ?? []) : schema)) ?? ownPath;
    },
    resetSearchPath,
    beginMigration() {
      resetSearchPath();
      this.currentRole = catalog?.role;
      alterations.clear();
      for (const key of [...states.keys()]) if (key.includes(` ${temporary}\0`)) states.delete(key);
    },
    endTransaction() {
      transaction.locks.length = 0;
      transaction.notValid.clear();
      transaction.newValues.clear();
    },
  };
}

/** The schema of a table, the table of a column. */
function containerOf(kind: ObjectKind, full: Name): readonly [ObjectKind, Name] | undefined {
  const place = placeOfKind(kind);
  if (place === "database") return undefined;
  return [place === "table" ? "relation" : "schema", full.slice(0, -1)];
}

/** One text for a constraint, which has a name of its own in each table. */
export const identifyConstraint = (scope: Scope, table: Name, constraint: string) =>
  `${scope.identify("relation", table)}\0${constraint}`;
