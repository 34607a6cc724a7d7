/**
 * These queries take no lock on the app's objects. The statements of one message are one implicit transaction, so
 * SET LOCAL does not outlast it in a pooled session.
 */
const lookOnly =
  "SET LOCAL statement_timeout = '10s'; SET LOCAL lock_timeout = '500ms'; SET LOCAL transaction_read_only = on;";

const isOwn = (schema: string) => `${schema}.nspname <> 'information_schema' AND ${schema}.nspname !~ '^pg_'`;
const isOfExtension = (catalog: string, oid: string) =>
  `EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

/** @param ownTables an SQL literal: a JSON list of `schema.table` */
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

/** Both are SQL literals: JSON lists of names. */
interface Wanted {
  readonly names: string;
  readonly schemas: string;
}

/**
 * Finds every object with one of these names in one of these schemas, and all parts of such tables. It does not resolve
 * names without a schema: that depends on the migration's search_path at that point.
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
    ${inSchema("relation", "pg_class", "rel", relation)}
    UNION ALL ${inSchema("type", "pg_type", "typ")}
    UNION ALL ${inSchema("routine", "pg_proc", "pro", routine)}
    UNION ALL ${inSchema("collation", "pg_collation", "coll")}
    UNION ALL ${inSchema("statistics", "pg_statistic_ext", "stx")}
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

const relation = `pg_catalog.json_build_object(
  'kind', o.relkind,
  'owner', pg_catalog.pg_get_userbyid(o.relowner),
  'columns', (SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY a.attnum), '[]') FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'constraints', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', x.conname, 'type', x.contype, 'isValid', x.convalidated,
      'isRedundant', x.contype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = o.oid AND x.conkey = ARRAY[a.attnum] AND a.attnotnull
          AND pg_catalog.pg_get_expr(x.conbin, x.conrelid) = pg_catalog.format('(%I IS NOT NULL)', a.attname)))), '[]')
    FROM pg_catalog.pg_constraint x WHERE x.conrelid = o.oid),
  'isUnique', o.relkind IN ('i', 'I') AND EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
    WHERE i.indexrelid = o.oid AND i.indisunique AND t.relkind IN ('r', 'p')),
  'isOfConstraint', o.relkind IN ('i', 'I') AND EXISTS (SELECT FROM pg_catalog.pg_constraint x WHERE x.conindid = o.oid AND x.contype IN ('p', 'u', 'x')))`;

// Output parameters have their names in the same list as the inputs.
const routine = `pg_catalog.json_build_object(
  'inputs', (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
      'type', pg_catalog.format_type(i.type, NULL), 'name', coalesce(CASE
        WHEN o.proargmodes IS NULL THEN o.proargnames[i.place]
        ELSE (ARRAY(SELECT coalesce(o.proargnames[n], '') FROM pg_catalog.generate_subscripts(o.proargmodes, 1) AS n
          WHERE o.proargmodes[n] IN ('i', 'b', 'v')))[i.place] END, '')) ORDER BY i.place), '[]')
    FROM pg_catalog.unnest(o.proargtypes) WITH ORDINALITY AS i (type, place)),
  'defaults', o.pronargdefaults,
  'result', CASE WHEN o.proallargtypes IS NULL THEN
    CASE WHEN o.proretset THEN 'SETOF ' ELSE '' END || pg_catalog.format_type(o.prorettype, NULL) END)`;
