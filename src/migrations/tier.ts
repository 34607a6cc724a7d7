import { readSync } from "node:fs";
import type { MigrationFile } from "./migration-file.ts";
import { withMigration } from "./open-migration.ts";

/** Directives must be in the comments at the head of a file. */
const headBytes = 4096;
const contractDirective = /^\s*(?:--|\/\/)\s*seaworthy\s*:\s*contract\b/im;

/**
 * The migrations that the app needs before it is ready. Readiness never waits for a *contract* migration, because no
 * running version uses the things that it removes. Reads only the head of each file.
 */
export function expandOnly(files: readonly MigrationFile[]): readonly MigrationFile[] {
  const buffer = Buffer.alloc(headBytes);
  return files.filter(({ path }) => {
    const head = withMigration(path, (descriptor) =>
      buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, headBytes, 0)),
    );
    return !contractDirective.test(head);
  });
}
