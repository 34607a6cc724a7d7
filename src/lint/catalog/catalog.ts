import type { Session } from "../../kernel/database.ts";
import { catalogSql, startSql } from "./catalog-sql.ts";
import { nameOfKind, type ObjectKind } from "../object-kinds.ts";
import type { Name } from "../names.ts";
import { parseSearchPath } from "./search-path.ts";

/** What the database had before the first of the migrations: the previous version may use all of it. */
export interface Catalog {
  /** Where names without a schema are looked for, as the session has it. Schemas in it may not exist. */
  readonly searchPath: readonly string[];
  /** Whose schema `"$user"` is. */
  readonly role: string;
  /** Whether there is nothing that anyone could use yet. seaworthy's own tables do not count. */
  readonly isEmpty: boolean;
  /** Asks about every object with one of these names that was not asked about before, in the schemas of the path and those named. */
  readonly learn: (names: Iterable<string>) => Promise<void>;
  /** These answer from what was learned. A name is given in full: schema, table, own. */
  readonly has: (kind: ObjectKind, name: Name) => boolean;
  readonly routinesNamed: (name: Name) => readonly Routine[];
  readonly relation: (name: Name) => Relation | undefined;
}

/** A function or procedure as it can be called. Types are as `format_type` writes them. */
export interface Routine {
  readonly inputs: readonly Input[];
  /** How many of the inputs may be left out. */
  readonly defaults: number;
  /** None where it is not known, or made up of parameters. */
  readonly result?: string | null | undefined;
}

export interface Input {
  readonly type: string;
  /** Empty where it has none, or where it is not known. */
  readonly name: string;
}

/** A table, view, index or sequence. */
export interface Relation {
  /** https://www.postgresql.org/docs/current/catalog-pg-class.html */
  readonly kind: string;
  readonly owner: string;
  /** In order. */
  readonly columns: readonly string[];
  readonly constraints: readonly RelationConstraint[];
  /** Of an index on a table: whether it lets no value come twice. */
  readonly isUnique: boolean;
  /** Of an index: whether it belongs to a constraint, whose name goes with its own. */
  readonly isOfConstraint: boolean;
}

export interface RelationConstraint {
  readonly name: string;
  /** https://www.postgresql.org/docs/current/catalog-pg-constraint.html */
  readonly type: string;
  readonly isValid: boolean;
  /** Whether all that it says is that a column, which is NOT NULL itself, has no NULL. */
  readonly isRedundant: boolean;
}

interface Row {
  readonly kind: ObjectKind;
  readonly path: readonly string[];
  readonly facts: unknown;
}

/** @param ownTables tables of seaworthy's own, as `schema.table` */
export async function openCatalog(
  session: Pick<Session, "query" | "literal">,
  ownTables: readonly string[],
): Promise<Catalog> {
  const list = (names: Iterable<string>) => session.literal(JSON.stringify([...names]));
  const [start] = await session.query(startSql(list(ownTables)));
  const role = String(start?.["role"]);
  const searchPath = parseSearchPath(String(start?.["path"])).map((schema) => (schema === "$user" ? role : schema));
  const allSchemas = new Set(start?.["schemas"] as readonly string[]);
  const asked = new Set<string>();
  const found = new Map<string, unknown[]>();
  const factsOf = (kind: ObjectKind, name: Name) => found.get(nameOfKind(kind, name)) ?? [];
  const relation = (name: Name) => factsOf("relation", name)[0] as Relation | undefined;
  // Every look goes into pg_catalog, which the types of most statements name.
  const schemasIn = (names: Iterable<string>) =>
    [...names].filter((name) => allSchemas.has(name) && name !== "pg_catalog");
  const ask = async (sql: string) => {
    for (const row of await session.query(sql)) {
      const { kind, path, facts } = row as unknown as Row;
      const key = nameOfKind(kind, path);
      found.set(key, [...(found.get(key) ?? []), facts]);
    }
  };
  const learn = async (names: Iterable<string>) => {
    const unknown = new Set([...names].filter((name) => !asked.has(name)));
    if (unknown.size === 0) return;
    // A database may have the same tables in a thousand schemas: only those that are named are looked into.
    const known = schemasIn([...asked, ...unknown]);
    const newSchemas = schemasIn(unknown);
    await ask(catalogSql({ names: list(unknown), schemas: list([...known, "pg_catalog"]) }));
    if (newSchemas.length > 0 && asked.size > 0)
      await ask(catalogSql({ names: list(asked), schemas: list(newSchemas) }));
    for (const name of unknown) asked.add(name);
  };
  await learn(searchPath);
  return {
    searchPath,
    role,
    isEmpty: start?.["empty"] === true,
    learn,
    has(kind, name) {
      const own = name.at(-1) ?? "";
      if (kind === "column") return relation(name.slice(0, -1))?.columns.includes(own) === true;
      if (kind === "constraint")
        return relation(name.slice(0, -1))?.constraints.some((constraint) => constraint.name === own) === true;
      return found.has(nameOfKind(kind, name));
    },
    routinesNamed: (name) => factsOf("routine", name) as readonly Routine[],
    relation,
  };
}
