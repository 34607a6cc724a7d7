import { readSync } from "node:fs";
import type { MigrationFile } from "./migration-file.ts";
import { withMigration } from "./open-migration.ts";

/** Directives stand in the comments at a file's head. */
const headBytes = 4096;
const contractDirective = /^\s*(?:--|\/\/)\s*seaworthy\s*:\s*contract\b/im;

/**
 * Those that the app needs before it is ready. A *contract* migration removes what no living version uses: readiness
 * never waits for it. Reads no more than the head of each file.
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
