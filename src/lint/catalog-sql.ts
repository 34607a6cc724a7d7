/**
 * Catalogues are read without a lock on anything of the app. Statements of one message are one implicit transaction, so
 * SET LOCAL leaves nothing behind in a pooled session.
 */
const lookOnly =
  "SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '500ms'; SET LOCAL transaction_read_only = on;";

const isOwn = (schema: string) => `${schema}.nspname <> 'information_schema' AND ${schema}.nspname !~ '^pg_'`;
const isOfExtension = (catalog: string, oid: string) =>
  `EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

/** @param ownTables a literal: a JSON list of `schema.table` */
export function startSql(ownTables: string): string {
  return `${lookOnly} SELECT pg_catalog.current_setting('search_path') AS path, current_user::text AS role,
    NOT EXISTS (
      SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${isOwn("n")} AND NOT ${isOfExtension("pg_class", "c.oid")}
        AND n.nspname || '.' || c.relname NOT IN (SELECT value FROM pg_catalog.json_array_elements_text(${ownTables}::json) AS value)
    ) AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
      WHERE ${isOwn("n")} AND NOT ${isOfExtension("pg_proc", "p.oid")}
    ) AS empty,
    (SELECT coalesce(pg_catalog.json_agg(nspname), '[]') FROM pg_catalog.pg_namespace) AS schemas`;
}

/** Both are literals: JSON lists of names. */
interface Wanted {
  readonly names: string;
  readonly schemas: string;
}

/**
 * Everything that has one of these names in one of these schemas, and all parts of such a table: where a name without a
 * schema leads depends on the search_path that the migration has set until then.
 */
export function catalogSql({ names, schemas }: Wanted): string {
  const inList = (value: string, literal: string) =>
    `${value} = ANY(ARRAY(SELECT item::name FROM pg_catalog.json_array_elements_text(${literal}::json) AS item))`;
  const inSchema = (kind: string, from: string, prefix: string, facts = "NULL::json") =>
    `SELECT '${kind}', pg_catalog.json_build_array(n.nspname, o.${prefix}name), ${facts}
      FROM pg_catalog.${from} o JOIN pg_catalog.pg_namespace n ON n.oid = o.${prefix}namespace
      WHERE ${inList(`o.${prefix}name`, names)} AND ${inList("n.nspname", schemas)}`;
  const onTable = (kind: string, from: string, name: string, table: string) =>
    `SELECT '${kind}', pg_catalog.json_build_array(n.nspname, c.relname, o.${name}), NULL::json
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.${from} o ON o.${table} = c.oid
      WHERE ${inList("c.relname", names)} AND ${inList("n.nspname", schemas)}`;
  const inDatabase = (kind: string, from: string, name: string) =>
    `SELECT '${kind}', pg_catalog.json_build_array(${name}), NULL::json FROM pg_catalog.${from} WHERE ${inList(name, names)}`;
  return `${lookOnly} WITH found (kind, path, facts) AS (
    ${inSchema("relation", "pg_class", "rel", columnsOfView)}
    UNION ALL ${inSchema("type", "pg_type", "typ")}
    UNION ALL ${inSchema("routine", "pg_proc", "pro", routine)}
    UNION ALL ${inSchema("collation", "pg_collation", "coll")}
    UNION ALL ${inSchema("statistics", "pg_statistic_ext", "stx")}
    UNION ALL ${onTable("column", "pg_attribute", "attname", "attrelid")} AND NOT o.attisdropped
    UNION ALL ${onTable("constraint", "pg_constraint", "conname", "conrelid")}
    UNION ALL ${onTable("trigger", "pg_trigger", "tgname", "tgrelid")}
    UNION ALL ${onTable("policy", "pg_policy", "polname", "polrelid")}
    UNION ALL ${onTable("rule", "pg_rewrite", "rulename", "ev_class")}
    UNION ALL ${inDatabase("schema", "pg_namespace", "nspname")}
    UNION ALL ${inDatabase("extension", "pg_extension", "extname")}
    UNION ALL ${inDatabase("language", "pg_language", "lanname")}
    UNION ALL ${inDatabase("server", "pg_foreign_server", "srvname")}
    UNION ALL ${inDatabase("wrapper", "pg_foreign_data_wrapper", "fdwname")}
    UNION ALL ${inDatabase("role", "pg_roles", "rolname")}
  ) SELECT kind, path, facts FROM found`;
}

const columnsOfView = `CASE WHEN o.relkind IN ('v', 'm') THEN (
  SELECT pg_catalog.json_agg(pg_catalog.json_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
  FROM pg_catalog.pg_attribute a WHERE a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped) END`;

const routine = `pg_catalog.json_build_object(
  'inputs', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.format_type(input, NULL) ORDER BY place), '[]') FROM pg_catalog.unnest(o.proargtypes) WITH ORDINALITY AS i (input, place)),
  'defaults', o.pronargdefaults,
  'result', pg_catalog.pg_get_function_result(o.oid))`;
