import type { Node, TypeName } from "libpg-query";
import { nameOf } from "./names.ts";

/** A type in the format of `format_type`: `character varying(50)`, `numeric(10,2)[]`. */
export interface ColumnType {
  readonly name: string;
  readonly modifiers: readonly number[];
  readonly isArray: boolean;
  readonly text: string;
}

/** The parser's names for types, and how `format_type` writes them. */
const spelled: Readonly<Record<string, string>> = {
  varchar: "character varying",
  bpchar: "character",
  varbit: "bit varying",
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  float4: "real",
  float8: "double precision",
  bool: "boolean",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
  time: "time without time zone",
  timetz: "time with time zone",
};

export function typeNameOf(type: TypeName | undefined): ColumnType {
  const parts = (type?.names ?? []).flatMap(nameOf);
  const own = parts.length === 1 || parts[0] === "pg_catalog" ? (parts.at(-1) ?? "") : parts.join(".");
  const spelledOut = spelled[own] ?? own;
  const given = (type?.typmods ?? []).flatMap(integerOf);
  // The first modifier of an interval holds the bits of its fields (YEAR TO MONTH). All bits set: no restriction.
  const hasFields = spelledOut === "interval" && given.length > 0;
  const name = hasFields && given[0] !== allFields ? "interval of some fields" : spelledOut;
  const modifiers = hasFields ? given.slice(1) : given;
  const isArray = (type?.arrayBounds ?? []).length > 0;
  return { name, modifiers, isArray, text: formatType(name, modifiers, isArray) };
}

/** Reads the output of `format_type`. */
export function parseType(text: string): ColumnType {
  const [, head = text, list = "", tail = "", array = ""] =
    /^([^([]*)(?:\(([\d,-]*)\))?([^[]*)(\[\])?$/.exec(text) ?? [];
  const modifiers = list === "" ? [] : list.split(",").map(Number);
  return { name: `${head}${tail}`, modifiers, isArray: array !== "", text };
}

function formatType(name: string, modifiers: readonly number[], isArray: boolean): string {
  const list = modifiers.length === 0 ? "" : `(${modifiers.join(",")})`;
  // `timestamp(3) without time zone`
  const [, head = name, tail = ""] = /^(timestamp|time)( .*)$/.exec(name) ?? [];
  return `${head}${list}${tail}${isArray ? "[]" : ""}`;
}

const allFields = 0x7f_ff;

/** Types whose only modifier is a limit that can be raised or removed without a rewrite. */
const limited: ReadonlySet<string> = new Set([
  "character varying",
  "bit varying",
  "timestamp without time zone",
  "timestamp with time zone",
  "time without time zone",
  "time with time zone",
  "interval",
]);

/** Whether Postgres changes the type without scanning the table or rebuilding an index. */
export function isSafeTypeChange(from: string, to: ColumnType): boolean {
  const old = parseType(from);
  if (old.text === to.text) return true;
  if (old.isArray || to.isArray) return false;
  if (old.name === to.name) {
    if (limited.has(to.name)) return isAtLeast(limitOf(to), limitOf(old));
    // More digits in total, and the same number after the point.
    return (
      to.name === "numeric" &&
      (to.modifiers.length === 0 ||
        (isAtLeast(to.modifiers[0], old.modifiers[0]) &&
          old.modifiers.length > 0 &&
          (to.modifiers[1] ?? 0) === (old.modifiers[1] ?? 0)))
    );
  }
  const toUnlimited = to.modifiers.length === 0;
  return (
    toUnlimited &&
    ((old.name === "character varying" && to.name === "text") ||
      (old.name === "text" && to.name === "character varying") ||
      (old.name === "cidr" && to.name === "inet"))
  );
}

/** Six fractional digits are the maximum, so a limit of 6 is no limit. */
function limitOf({ name, modifiers: [limit] }: ColumnType): number | undefined {
  return limit === 6 && /^(time|interval)/.test(name) ? undefined : limit;
}

/** Undefined means no limit, which is higher than any other. */
function isAtLeast(limit: number | undefined, old: number | undefined): boolean {
  return limit === undefined || (old !== undefined && limit >= old);
}

function integerOf(node: Node): readonly number[] {
  return "A_Const" in node && node.A_Const.ival !== undefined ? [node.A_Const.ival.ival ?? 0] : [];
}
