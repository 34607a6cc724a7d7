import { readSync } from "node:fs";
import { directivePattern } from "./directives.ts";
import { languageOf } from "./language.ts";
import type { MigrationFile } from "./migration-file.ts";
import { withMigration } from "./open-migration.ts";

/** Directives must be in the comments at the head of a file. */
const headBytes = 4096;
const contract = String.raw`contract\b.*`;
const contractDirective = {
  text: directivePattern("text", contract),
  program: directivePattern("program", contract),
} as const;

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
    return !contractDirective[languageOf(path) === "program" ? "program" : "text"].test(head);
  });
}
