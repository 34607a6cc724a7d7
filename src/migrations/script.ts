import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import { parseDirectives, type Directives } from "./directives.ts";
import { upPartOf } from "./layouts.ts";
import { findTransactionControl, placeOf, splitStatements } from "./statements.ts";

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
}

interface File {
  readonly name: string;
  readonly path: string;
}

/** Reads a migration and refuses what could not be run as it is meant. Throws a Failure (78). */
export function readScript(file: File): MigrationScript {
  const text = readText(file.path);
  const language = /\.[cm]?js$/i.test(file.path) ? "module" : "sql";
  const written = parseDirectives(file.path, text);
  const { sql, directives } = language === "sql" ? upPartOf(text) : { sql: text, directives: {} };
  const script: MigrationScript = {
    ...file,
    language,
    source: sql,
    size: Buffer.byteLength(text),
    checksum: checksumOf(text),
    directives: { ...written, ...directives },
  };
  if (language === "sql") refuseTransactionControl(script);
  if (language === "sql" && !script.directives.transaction) refuseUnnamedIndex(script);
  return script;
}

/** Reads what a change of the file is found by, without looking at what it says. */
export function readChecksum({ path }: File): string {
  return checksumOf(readText(path));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    throw new Failure(ExitCode.configuration, `cannot read the migration ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** sha256, with line endings normalised: a checkout on Windows is no change. */
export function checksumOf(text: string): string {
  return hash("sha256", text.replaceAll("\r\n", "\n"));
}

function refuseTransactionControl({ path, source, directives }: MigrationScript): void {
  const control = findTransactionControl(source);
  if (control === undefined) return;
  const reason = directives.transaction
    ? "every migration already runs in a transaction of its own"
    : "every statement of a no-transaction migration is committed on its own";
  const where = `${path}:${control.line}:${control.column}`;
  throw new Failure(ExitCode.configuration, `${where}: ${control.word} inside a migration. Remove it: ${reason}.`);
}

function refuseUnnamedIndex({ path, source }: MigrationScript): void {
  const unnamed = /^CREATE\s+(UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+ON\b/i;
  const found = splitStatements(source).find(({ sql }) => unnamed.test(sql));
  if (found === undefined) return;
  const { line, column } = placeOf(source, found.index);
  const reason = "a run that was interrupted could not find again what it left behind";
  throw new Failure(
    ExitCode.configuration,
    `${path}:${line}:${column}: CREATE INDEX CONCURRENTLY without a name. Name the index: ${reason}.`,
  );
}
