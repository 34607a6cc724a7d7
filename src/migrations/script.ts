import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { decodeFile } from "../kernel/utf8.ts";
import { parseDirectives, type Directives } from "./directives.ts";
import { upPartOf } from "./layouts/up-part.ts";
import { excerptAt } from "./excerpt.ts";
import { findBackslash, inspect, type Inspection, type Refused } from "./guard.ts";
import { refuseWithoutUp } from "./module-exports.ts";
import { withMigration } from "./open-migration.ts";
import { readRequirements, type Requirement } from "./requirements.ts";
import { placeOf, readStatements, type Place } from "./statements.ts";

/** A migration of this image, read and checked. */
export interface MigrationScript {
  readonly name: string;
  readonly path: string;
  /** `module`: JavaScript that exports `up({ query })`. */
  readonly language: "sql" | "module";
  /** What is run: of a file that goes both ways the part that goes up, at the file's line numbers. */
  readonly source: string;
  /** Of the file, in bytes. */
  readonly size: number;
  readonly checksum: string;
  readonly directives: Directives;
  /** A statement that Postgres never runs in a transaction, where the migration is one. */
  readonly loner?: Refused;
  /** Where it takes away the limit of how long a statement waits for a lock. */
  readonly endlessWait?: Place;
  /** What its head says of the order. */
  readonly requirements: readonly Requirement[];
}

interface File {
  readonly name: string;
  readonly path: string;
}

const none: Inspection = {};

/** Reads a migration and refuses what could not be run as it is meant. Throws a Failure (78). */
export function readScript(file: File): MigrationScript {
  const text = decodeFile(file.path, readBytes(file.path));
  const language = /\.[cm]?js$/i.test(file.path) ? "module" : "sql";
  if (language === "module") refuseWithoutUp(file.path, text);
  const written = parseDirectives(file.path, text);
  const { sql, directives } = language === "sql" ? upPartOf(file.path, text) : { sql: text, directives: {} };
  const script = {
    ...file,
    language,
    source: sql,
    size: Buffer.byteLength(text),
    checksum: checksumOf(text),
    directives: { ...written, ...directives },
    requirements: readRequirements(text),
  } as const;
  const { refused, ...notes } = language === "sql" ? inspect(sql, script.directives) : none;
  if (refused !== undefined) throw refusal(file.path, sql, refused);
  if (!script.directives.transaction) refuseUnresumable(script);
  return { ...script, ...notes };
}

/** Of a migration that something else has applied: it is never run, and need not be good for it. Throws a Failure (78). */
export function readApplied(file: File): Pick<MigrationScript, "name" | "checksum" | "directives"> {
  const text = readLeniently(file.path);
  return { name: file.name, checksum: checksumOf(text), directives: parseDirectives(file.path, text) };
}

/** Reads what a change of the file is found by, without looking at what it says. */
export function readChecksum({ path }: File): string {
  return checksumOf(readLeniently(path));
}

/** What is applied is not refused: it cannot be changed any more. */
function readLeniently(path: string): string {
  return readBytes(path)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
}

function readBytes(path: string): Buffer {
  return withMigration(path, (descriptor) => readFileSync(descriptor));
}

/** sha256, with line endings normalised: a checkout on Windows is no change. */
export function checksumOf(text: string): string {
  return hash("sha256", text.replaceAll("\r\n", "\n"));
}

function refusal(path: string, source: string, refused: Refused): Failure {
  const { line, column, reason } = refused;
  const details = excerptAt(source, refused);
  return new Failure(ExitCode.configuration, `${path}:${line}:${column}: ${reason}`, { details });
}

/** Refuses what Postgres never runs in a transaction. For `--plan` it is a finding. Throws a Failure (78). */
export function refuseLoner({ path, source, loner }: MigrationScript): void {
  if (loner !== undefined) throw refusal(path, source, loner);
}

/** Refuses a text that a server without standard_conforming_strings reads otherwise. Throws a Failure (78). */
export function refuseBackslashes({ path, language, source }: MigrationScript): void {
  const index = language === "sql" ? findBackslash(source) : undefined;
  if (index === undefined) return;
  const reason =
    "a backslash in a string, and the database has standard_conforming_strings off. Write E'…', or turn it on for the upgrade's role (ALTER ROLE … SET standard_conforming_strings = on).";
  throw refusal(path, source, { ...placeOf(source, index), reason });
}

/** What an interrupted run could not find again. */
function refuseUnresumable({ path, language, source }: MigrationScript): void {
  if (language === "module") {
    const fix = "Remove the directive, or write the migration in SQL";
    throw new Failure(
      ExitCode.configuration,
      `${path}: no-transaction is for SQL: a migration in JavaScript always runs in one transaction. ${fix}.`,
    );
  }
  const unnamed = /^CREATE\s+(UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+ON\b/i;
  const found = readStatements(source).find(({ sql }) => unnamed.test(sql));
  if (found === undefined) return;
  const reason =
    "CREATE INDEX CONCURRENTLY without a name. Name the index: a run that was interrupted could not find again what it left behind.";
  throw refusal(path, source, { ...placeOf(source, found.index), reason });
}
