import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ExitCode, Failure } from "../kernel/failure.ts";
import { decodeFile } from "../kernel/utf8.ts";
import { parseDirectives, type Directives } from "./directives.ts";
import { upPartOf } from "./layouts/up-part.ts";
import { excerptAt } from "./sql/excerpt.ts";
import { languageOf, type Language } from "./language.ts";
import type { Dialect } from "./sql/dialect.ts";
import { inspect } from "./sql/guard.ts";
import type { Inspection, Refused } from "./sql/inspection.ts";
import { refuseWithoutUp } from "./module-exports.ts";
import { withMigration } from "./open-migration.ts";
import { checksumOfProgram, directivesOfProgram, readProgram } from "./program.ts";
import { readRequirements, type Requirement } from "./requirements.ts";
import { placeOf, type Place } from "./sql/place.ts";
import { readConcurrentIndex } from "./sql/postgres/concurrent-index.ts";
import { findBackslash } from "./sql/postgres/guard.ts";
import { postgresStatements } from "./sql/postgres/statements.ts";

/** A migration of this image, read and checked. */
export interface MigrationScript {
  readonly name: string;
  readonly path: string;
  readonly language: Language;
  /**
   * The text to run. If a file has an up and a down part: the up part, with the line numbers of the file. Empty for a
   * program.
   */
  readonly source: string;
  /** The size of the file, in bytes. */
  readonly size: number;
  readonly checksum: string;
  readonly directives: Directives;
  /** How its text is read. */
  readonly dialect: Dialect;
  /** A statement that Postgres refuses in a transaction, in a migration that runs in a transaction. */
  readonly loner?: Refused;
  /** Where the migration turns off `lock_timeout`. */
  readonly endlessWait?: Place;
  /** The program that `#!/usr/bin/env` finds in PATH. */
  readonly interpreter?: string;
  /** The lines at its head about the order. */
  readonly requirements: readonly Requirement[];
}

interface File {
  readonly name: string;
  readonly path: string;
}

const none: Inspection = {};
/** Every change of a table commits in MySQL, so no migration there is one transaction. */
const stepwise = { transaction: false };

/** Reads a migration. Throws a Failure (78) if it would not run as its author means it. */
export function readScript(file: File, dialect: Dialect): MigrationScript {
  const bytes = readBytes(file.path);
  const language = languageOf(file.path);
  if (language === "program") return { ...readProgram({ ...file, bytes }), dialect };
  const text = decodeFile(file.path, bytes);
  if (language === "module") refuseWithoutUp(file.path, text);
  const written = parseDirectives(file.path, text);
  const { sql, directives } = language === "sql" ? upPartOf(file.path, text, dialect) : { sql: text, directives: {} };
  const script = {
    ...file,
    language,
    source: sql,
    size: Buffer.byteLength(text),
    checksum: checksumOf(text),
    directives: { ...written, ...directives, ...(dialect.engine === "mysql" && stepwise) },
    dialect,
    requirements: readRequirements(text),
  } as const;
  const { refused, ...notes } = language === "sql" ? inspect(sql, { ...script.directives, dialect }) : none;
  if (refused !== undefined) throw refusal(file.path, sql, refused);
  if (!script.directives.transaction) refuseUnresumable(script);
  return { ...script, ...notes };
}

/** Reads a migration that another tool has applied. It never runs, so it is not inspected. Throws a Failure (78). */
export function readApplied(file: File): Pick<MigrationScript, "name" | "checksum" | "directives"> {
  const { name, path } = file;
  const bytes = readBytes(path);
  if (languageOf(path) === "program")
    return { name, checksum: checksumOfProgram(bytes), directives: directivesOfProgram(path, bytes) };
  const text = decodeLeniently(bytes);
  return { name, checksum: checksumOf(text), directives: parseDirectives(path, text) };
}

/** Reads the checksum alone, without inspecting the file. */
export function readChecksum({ path }: File): string {
  const bytes = readBytes(path);
  return languageOf(path) === "program" ? checksumOfProgram(bytes) : checksumOf(decodeLeniently(bytes));
}

/** Does not refuse invalid UTF-8: an applied migration can no longer be changed. */
function decodeLeniently(bytes: Buffer): string {
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

function readBytes(path: string): Buffer {
  return withMigration(path, (descriptor) => readFileSync(descriptor));
}

/** sha256 with normalised line endings: a checkout on Windows does not change it. */
export function checksumOf(text: string): string {
  return hash("sha256", text.replaceAll("\r\n", "\n"));
}

function refusal(path: string, source: string, refused: Refused): Failure {
  const { line, column, reason } = refused;
  const details = excerptAt(source, refused);
  return new Failure(ExitCode.configuration, `${path}:${line}:${column}: ${reason}`, { details });
}

/** Throws a Failure (78) for a statement that Postgres refuses in a transaction. `--plan` reports it as a finding. */
export function refuseLoner({ path, source, loner }: MigrationScript): void {
  if (loner !== undefined) throw refusal(path, source, loner);
}

/** Throws a Failure (78) for a text that a server without standard_conforming_strings reads differently. */
export function refuseBackslashes({ path, language, source }: MigrationScript): void {
  const index = language === "sql" ? findBackslash(source) : undefined;
  if (index === undefined) return;
  const reason =
    "a backslash in a string, and the database has standard_conforming_strings off. Write E'…', or turn it on for the upgrade's role (ALTER ROLE … SET standard_conforming_strings = on).";
  throw refusal(path, source, { ...placeOf(source, index), reason });
}

/** Throws a Failure (78) if an interrupted run of this migration could not be resumed. */
function refuseUnresumable({ path, language, source, dialect }: MigrationScript): void {
  if (dialect.engine === "mysql") return;
  if (language === "module") {
    const fix = "Remove the directive, or write the migration in SQL";
    throw new Failure(
      ExitCode.configuration,
      `${path}: no-transaction is for SQL: a migration in JavaScript always runs in one transaction. ${fix}.`,
    );
  }
  if (dialect.engine !== "postgres") return;
  const mayBuild = /^CREATE\b/i;
  const found = postgresStatements(source).find(
    ({ sql }) => mayBuild.test(sql) && readConcurrentIndex(sql) === "unreadable",
  );
  if (found === undefined) return;
  const reason =
    "CREATE INDEX CONCURRENTLY without a plain name. Name the index: after an interruption, the next run must find what is left of it.";
  throw refusal(path, source, { ...placeOf(source, found.index), reason });
}
