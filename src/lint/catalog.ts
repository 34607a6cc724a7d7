import type { Session } from "../kernel/database.ts";
import { catalogSql, startSql } from "./catalog-sql.ts";
import { nameOfKind, type ObjectKind } from "./object-kinds.ts";
import type { Name } from "./names.ts";
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
  /** Names and types of a view's columns, in order; undefined for what is no view. */
  readonly columnsOfView: (name: Name) => readonly ViewColumn[] | undefined;
}

/** A function or procedure as it can be called. Types are as `format_type` writes them. */
export interface Routine {
  readonly inputs: readonly string[];
  /** How many of the inputs may be left out. */
  readonly defaults: number;
  readonly result: string | null;
}

export interface ViewColumn {
  readonly name: string;
  readonly type: string;
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
  const schemasIn = (names: Iterable<string>) => [...names].filter((name) => allSchemas.has(name));
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
    has: (kind, name) => found.has(nameOfKind(kind, name)),
    routinesNamed: (name) => factsOf("routine", name) as readonly Routine[],
    columnsOfView: (name) =>
      (factsOf("relation", name) as readonly (readonly ViewColumn[] | null)[]).find((facts) => facts !== null) ??
      undefined,
  };
}
