import type { Directives } from "../directives.ts";
import type { Dialect } from "../sql/dialect.ts";
import { readAnatomy } from "./comments.ts";
import { withoutHashComments } from "./dividing.ts";
import { refuseLookalikes } from "./lookalikes.ts";
import { divide, type Part } from "./parts.ts";
import { refusePlaceholders } from "./placeholders.ts";
import { findSigns, type Found } from "./signs.ts";

/** The part of a file that is run, at the same line numbers as in the file. */
export interface UpPart {
  readonly sql: string;
  readonly directives: Partial<Directives>;
}

/**
 * A quick test: a file without any of these runs as it is. A seed of 17 MB takes 0.3 s; looking for markers takes 2.2
 * s.
 */
const mayHaveMarkers =
  /goose|migrat|rambler|==== |![ \t]*(?:up|down)|@undo|@delimiter|create above|tern|liquibase|changeset|atlas:|transaction|\b(?:no)?txn?\b|txmode|--!|statement-breakpoint|down(?!load|town)|un-?do|back[ \t_-]*out|roll|rever[st]|downgrade|backward|deploy|verify|tear|install|unapply|(?:drop|destroy)(?:\b(?![ \t]+\w)|[ \t]+(?:sect|scri|part|sql|here|below|block|migra|start|begin))|\$[{(]|\$[a-z_]\w*(?![\w$])|\{[{%#\w]|<%|[^\w:\])"']:[a-z_'"]/i;
const ownDirective = /^[ \t]*--[ \t]*seaworthy[ \t]*:[ \t]*no-transaction\b/im;

/**
 * Takes the up part of a file that its tool divides into up and down parts. The rest is never run. Throws a Failure
 * (78) with the place of a line that looks like a marker but is unknown, or that would cut a string or a function.
 */
export function upPartOf(path: string, text: string, dialect: Dialect): UpPart {
  if (!mayHaveMarkers.test(text)) return { sql: text, directives: {} };
  const source = withoutHashComments(text);
  const file = { path, source, dialect };
  const anatomy = readAnatomy(file);
  const found = findSigns(file, anatomy);
  const parts = divide(file, found);
  const inTransaction = !found.some((one) => endsTransaction(one, parts));
  refusePlaceholders(file, anatomy, found, parts);
  refuseLookalikes(file, anatomy, found, parts, inTransaction && !ownDirective.test(source));
  return { sql: assemble(source, parts, found), directives: inTransaction ? {} : { transaction: false } };
}

function endsTransaction({ notation, sign, index }: Found, parts: readonly Part[]): boolean {
  if (sign.kind === "up") return sign.transaction === false;
  if (sign.kind !== "no-transaction") return false;
  // A sign before the first part applies to all parts.
  return (
    notation.speaksForAll === true ||
    parts.some(({ from, to }) => index >= from && index < to) ||
    index < (parts[0]?.from ?? 0)
  );
}

function assemble(source: string, parts: readonly Part[], found: readonly Found[]): string {
  const ends = found.filter(({ sign }) => sign.kind === "break" || sign.kind === "statement-end");
  let sql = "";
  let at = 0;
  for (const { from, to } of parts) {
    sql += blank(source.slice(at, from));
    at = from;
    for (const { index, end } of ends.filter((one) => one.index >= from && one.index < to)) {
      // The tool accepts the statement before the sign without a semicolon; Postgres needs one.
      sql += `${source.slice(at, index)};`;
      at = end;
    }
    sql += source.slice(at, to);
    at = to;
  }
  return sql;
}

/** Keeps only the line breaks, so line numbers in error messages match the file. */
function blank(text: string): string {
  return text.replaceAll(/[^\r\n]/g, "");
}
