import type { Catalog, Routine } from "./catalog/catalog.ts";
import type { Alteration } from "./alteration.ts";
import type { Name } from "./names.ts";
import { nameOfKind, placeOfKind, type ObjectKind } from "./object-kinds.ts";

/** A lock that this transaction holds on a table in use. */
export interface HeldLock {
  readonly table: string;
  /** The place in the migration of the statement that took it. */
  readonly at: number;
  readonly blocks: "every query" | "every write";
}

/**
 * `live`: the previous version may use the object. `made`: this upgrade created it. `absent`: it was dropped, or it is
 * not in the database and no statement so far has created it.
 */
type State = "live" | "made" | "absent";

/** The objects that the statements so far have created, dropped and locked. */
export interface Scope {
  /** @param ifMissing do nothing if it exists: for IF NOT EXISTS, OR REPLACE, or a branch of a DO block */
  readonly create: (kind: ObjectKind, name: Name, how?: { readonly ifMissing: boolean }) => void;
  readonly drop: (kind: ObjectKind, name: Name) => void;
  /** Follows a rename or a move to another schema. The object keeps its state and its origin. */
  readonly rename: (kind: ObjectKind, name: Name, to: { readonly own?: string; readonly schema?: string }) => void;
  /** Whether the previous version cannot use the object. Without a catalogue: whether this upgrade always creates it. */
  readonly isNew: (kind: ObjectKind, name: Name) => boolean;
  /** One key for all ways to write a name. */
  readonly identify: (kind: ObjectKind, name: Name) => string;
  /** The name with its schema. */
  readonly inFull: (kind: ObjectKind, name: Name) => Name;
  /** The object's full name before this upgrade. */
  readonly originOf: (kind: ObjectKind, name: Name) => Name;
  /** Follows `SET search_path`. Undefined means that the new path is unknown. */
  readonly setSearchPath: (schemas: readonly string[] | undefined) => void;
  readonly resetSearchPath: () => void;
  /** The role that CURRENT_USER means. Undefined if it is unknown. */
  currentRole: string | undefined;
  /** Starts a migration: resets the search_path to the session's, and forgets temporary tables. */
  readonly beginMigration: () => void;
  readonly catalog: Catalog | undefined;
  /** Functions of this upgrade that are declared STABLE or IMMUTABLE. */
  readonly steadyRoutines: Set<string>;
  /** NOT NULL columns of this upgrade, as keys from `identify`. */
  readonly requiredColumns: Set<string>;
  /** CHECK (column IS NOT NULL) constraints of this upgrade: from the constraint's key to the column's key. */
  readonly notNullChecks: Map<string, string>;
  /** Columns after SET NOT NULL, as keys from `identify`. */
  readonly setNotNull: Set<string>;
  /** Validated constraints, as keys from `identifyConstraint`. */
  readonly validated: Set<string>;
  /** The table of each index of this upgrade, by the index's key. */
  readonly tablesOfIndexes: Map<string, Name>;
  /** The dropped signatures of each routine, by its key. `unknown`: the statement does not say which one. */
  readonly droppedRoutines: Map<string, readonly (Routine | "unknown")[]>;
  /** The alterations of this migration, by the table's key. */
  readonly alterations: Map<string, readonly Alteration[]>;
  /** The key of the table that the previous statement altered. Undefined if it was not an ALTER TABLE. */
  lastAltered: string | undefined;
  readonly transaction: TransactionScope;
  /** Forgets the state of the transaction. */
  readonly endTransaction: () => void;
}

/** State that ends with the transaction. */
interface TransactionScope {
  readonly locks: HeldLock[];
  /** Constraints added as NOT VALID, as keys from `identifyConstraint`. */
  readonly notValid: Set<string>;
  /** Added enum values: from the value to its type. */
  readonly newValues: Map<string, string>;
}

const temporary = "pg_temp";

/** @param catalog the objects in the database. Without it, every unknown name counts as a live object. */
export function createScope(catalog?: Catalog): Scope {
  const states = new Map<string, State>();
  // By the current name.
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

  /** The schema in which CREATE puts an object without a schema in its name: the first existing one of the path. */
  const creationSchema = () =>
    path.find((schema) => catalog === undefined || stateOf("schema", [schema]) !== "absent") ?? path[0] ?? "";

  const schemaOf = (kind: ObjectKind, own: string): string => {
    const searched = [temporary, ...(catalog === undefined ? [] : ["pg_catalog"]), ...path];
    return searched.find((schema) => stateOf(kind, [schema, own]) !== "absent") ?? creationSchema();
  };

  /** The full name. Without a schema, the first object of the search_path with that name. */
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
      // With an unknown path, the object may be in any schema.
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

/** A key for a constraint. Two tables may have constraints of the same name. */
export const identifyConstraint = (scope: Scope, table: Name, constraint: string) =>
  `${scope.identify("relation", table)}\0${constraint}`;
