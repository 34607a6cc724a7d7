import type { Dialect } from "../../migrations/sql/dialect.ts";
import type { PlainRuleId } from "../rules/rules-plain.ts";

/** What is in use, as far as it is known. Names of tables and views share one space. */
export interface Objects {
  readonly isInUse: (name: readonly string[]) => boolean;
  /** The object is new: no version uses it. */
  readonly make: (name: readonly string[]) => void;
  /** CREATE … IF NOT EXISTS: without a database, the object may exist already. */
  readonly makeIfMissing: (name: readonly string[]) => void;
  readonly drop: (name: readonly string[]) => void;
  /** The name stands for another object now, which is in use as the first was. */
  readonly bringBack: (name: readonly string[]) => void;
  /** @param replaces whether the new name is one in use */
  readonly rename: (from: readonly string[], to: readonly string[], replaces?: boolean) => void;
}

/** The tables and views of a database. */
export interface ExistingObjects {
  /** What a name without a database means. Empty on SQLite. */
  readonly database: string;
  /** `database.name`, as `keyOf` writes it. */
  readonly names: ReadonlySet<string>;
}

/** @param existing left out, everything that is not made here counts as in use */
export function createObjects(engine: Dialect["engine"], existing?: ExistingObjects): Objects {
  const made = new Set<string>();
  const gone = new Set<string>();
  const key = (name: readonly string[]) => keyOf(engine, name, existing?.database ?? "");
  const exists = (name: readonly string[]) => existing === undefined || existing.names.has(key(name));
  const make = (name: readonly string[]) => void made.add(key(name));
  const drop = (name: readonly string[]) => {
    if (!made.delete(key(name))) gone.add(key(name));
  };
  const isInUse = (name: readonly string[]) =>
    name.length > 0 && !made.has(key(name)) && !gone.has(key(name)) && exists(name);
  return {
    isInUse,
    make,
    bringBack(name) {
      made.delete(key(name));
      gone.delete(key(name));
    },
    makeIfMissing(name) {
      if (gone.has(key(name)) || !exists(name)) make(name);
    },
    drop,
    rename(from, to, replaces = false) {
      drop(from);
      // Only the version that this upgrade brings knows a new name. A swap puts the table in the place of one in use.
      if (!replaces) make(to);
    },
  };
}

/** SQLite's names have no case. On MySQL, those of tables have one, except on some systems. */
export function keyOf(engine: Dialect["engine"], name: readonly string[], database: string): string {
  if (engine === "sqlite") return (name.at(-1) ?? "").toLowerCase();
  const [first = "", second] = name;
  return second === undefined ? `${database}.${first}` : `${first}.${second}`;
}

/** A possible finding. */
export interface PlainProblem {
  readonly rule: PlainRuleId;
  readonly at: number;
  readonly message: string;
  readonly safeWay?: string;
}

/** The input of every check, besides its statement. */
export interface PlainContext {
  readonly objects: Objects;
  /** The start of the statement in the migration. */
  readonly at: number;
  readonly report: (problem: PlainProblem) => void;
}

export const showName = (name: readonly string[]) => name.join(".");
