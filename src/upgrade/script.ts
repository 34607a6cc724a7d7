import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ExitCode, Failure, messageOf } from "../kernel/failure.ts";
import { findTransactionControl } from "./statements.ts";

/** A migration that is to be applied, read and checked. */
export interface MigrationScript {
  readonly name: string;
  readonly path: string;
  readonly sql: string;
  /** sha256 of the text with its line endings normalised: a checkout on Windows is no change. */
  readonly checksum: string;
}

/** Reads a migration and refuses what could not be applied as one transaction. Throws a Failure (78). */
export function readScript({ name, path }: { readonly name: string; readonly path: string }): MigrationScript {
  const sql = readText(path);
  const control = findTransactionControl(sql);
  if (control !== undefined) {
    const where = `${path}:${control.line}:${control.column}`;
    throw new Failure(
      ExitCode.configuration,
      `${where}: ${control.word} inside a migration. Remove it: every migration already runs in a transaction of its own.`,
    );
  }
  const down = /^--\s*(migrate:down|\+goose\s+down)/im.exec(sql);
  if (down !== null) {
    throw new Failure(
      ExitCode.configuration,
      `${path}: has a part for going down (${down[0].trim()}), which would be run like the rest. Move it to a file of its own that ends in .down.sql.`,
    );
  }
  const directive = /^--\s*seaworthy:.*$/im.exec(sql);
  if (directive !== null) {
    throw new Failure(
      ExitCode.configuration,
      `${path}: unknown directive "${directive[0].trim()}". This version of seaworthy knows none.`,
    );
  }
  return { name, path, sql, checksum: checksumOf(sql) };
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

export function checksumOf(sql: string): string {
  return createHash("sha256").update(sql.replaceAll("\r\n", "\n")).digest("hex");
}
