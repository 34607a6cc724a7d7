import type { Session } from "../../kernel/database.ts";
import { catalogSql, startSql } from "./catalog-sql.ts";
import { nameOfKind, type ObjectKind } from "../object-kinds.ts";
import type { Name } from "../names.ts";
import { parseSearchPath } from "./search-path.ts";

/** The objects in the database before the first migration. The previous version may use all of them. */
export interface Catalog {
  /** The session's search_path. Its schemas need not exist. */
  readonly searchPath: readonly string[];
  /** The role that `"$user"` stands for. */
  readonly role: string;
  /** Whether the database has no objects that an app could use. seaworthy's own tables do not count. */
  readonly isEmpty: boolean;
  /** Asks about every object with one of these names, in the schemas of the path and those among the names. Asks once per name. */
  readonly learn: (names: Iterable<string>) => Promise<void>;
  /** These answer from the result of `learn`. They take full names: schema, table, own name. */
  readonly has: (kind: ObjectKind, name: Name) => boolean;
  readonly routinesNamed: (name: Name) => readonly Routine[];
  readonly relation: (name: Name) => Relation | undefined;
}

/** The signature of a function or procedure. Types are in the format of `format_type`. */
export interface Routine {
  readonly inputs: readonly Input[];
  /** The number of inputs that a call may leave out. */
  readonly defaults: number;
  /** Undefined if it is unknown, or consists of output parameters. */
  readonly result?: string | null | undefined;
}

export interface Input {
  readonly type: string;
  /** Empty if it is unnamed, or if the name is unknown. */
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
  /** For an index on a table: whether it is unique. */
  readonly isUnique: boolean;
  /** For an index: whether it belongs to a constraint, which has the same name. */
  readonly isOfConstraint: boolean;
}

export interface RelationConstraint {
  readonly name: string;
  /** https://www.postgresql.org/docs/current/catalog-pg-constraint.html */
  readonly type: string;
  readonly isValid: boolean;
  /** Whether it only repeats the NOT NULL of a column. */
  readonly isRedundant: boolean;
}

interface Row {
  readonly kind: ObjectKind;
  readonly path: readonly string[];
  readonly facts: unknown;
}

/** @param ownTables seaworthy's own tables, as `schema.table` */
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
  // Every query includes pg_catalog anyway: most statements mention it in their types.
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
    // A database may have the same tables in a thousand schemas, so ask only about the schemas that the migration names.
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
