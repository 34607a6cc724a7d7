import type { Node } from "libpg-query";
import { nameOf, nodesIn, show } from "./names.ts";
import type { Scope } from "./scope.ts";

/**
 * Stable and immutable functions of Postgres that defaults use. Postgres computes them once for ADD COLUMN and keeps
 * the value in its catalogue. Functions that are not listed may be volatile: that is the default of CREATE FUNCTION.
 */
export const steadyFunctions: ReadonlySet<string> = new Set(
  `now transaction_timestamp statement_timestamp timezone date_trunc date_part extract age make_date make_interval
  make_time make_timestamp make_timestamptz to_timestamp to_date to_char to_number isfinite justify_days justify_hours
  current_database current_schema current_schemas current_setting version inet_server_addr
  lower upper initcap concat concat_ws format replace repeat reverse substr substring left right btrim ltrim rtrim
  lpad rpad length char_length octet_length position strpos split_part translate regexp_replace quote_ident
  quote_literal quote_nullable md5 sha224 sha256 sha384 sha512 encode decode chr ascii
  abs ceil ceiling floor round trunc power sqrt sign mod exp ln log
  array_append array_prepend array_cat array_fill array_length array_to_string string_to_array cardinality
  json_build_object json_build_array jsonb_build_object jsonb_build_array json_object jsonb_object to_json to_jsonb
  row_to_json jsonb_set jsonb_strip_nulls json_strip_nulls array_to_json
  to_tsvector to_tsquery plainto_tsquery int4range int8range numrange tsrange tstzrange daterange
  point box circle lseg path polygon inet_merge host text hashtext pg_client_encoding`.split(/\s+/),
);

/** The part of a default that Postgres computes for every row, for a message. Undefined if there is none. */
export function volatilePart(value: Node | undefined, scope: Scope): string | undefined {
  for (const [kind, fields] of nodesIn(value)) {
    if (kind !== "FuncCall") continue;
    const name = ((fields["funcname"] ?? []) as readonly Node[]).flatMap(nameOf);
    const own = name[0] === "pg_catalog" ? name.slice(1) : name;
    const isSteady =
      (own.length === 1 && steadyFunctions.has(own[0] ?? "")) ||
      scope.steadyRoutines.has(scope.identify("routine", own));
    if (!isSteady) return `${show(own)}()`;
  }
  return undefined;
}
