import { readFileSync } from "node:fs";
import { decodeFile } from "../../kernel/utf8.ts";
import { parseDirectives, type Directives } from "../../migrations/directives.ts";
import { upPartOf } from "../../migrations/layouts/up-part.ts";
import type { MigrationFile } from "../../migrations/migration-file.ts";
import { withMigration } from "../../migrations/open-migration.ts";
import { readScript } from "../../migrations/script.ts";
import type { Dialect } from "../../migrations/sql/dialect.ts";

/** The text of a migration, and what its head says. */
export interface LintText {
  readonly source: string;
  readonly directives: Directives;
}

/** Tells whether a file is seaworthy's own. Both may have the same layout, so the configuration decides first. */
export type Owner = "seaworthy" | "tool" | "unknown";

/**
 * Reads a migration. Throws a Failure (78) for one that cannot be read. What only seaworthy's own runner refuses, such
 * as BEGIN and COMMIT, is allowed in the files of other tools.
 */
export function readForLint(file: MigrationFile, dialect: Dialect, owner: Owner): LintText {
  if (owner === "seaworthy") return readScript(file, dialect);
  const bytes = withMigration(file.path, (descriptor) => readFileSync(descriptor));
  const text = decodeFile(file.path, bytes);
  if (owner === "unknown" && !isOfTool(file.path, text)) return readScript(file, dialect);
  const { sql, directives } = upPartOf(file.path, withoutRestrict(text), dialect);
  return { source: sql, directives: { ...parseDirectives(file.path, text), ...directives } };
}

/**
 * `NAME/migration.sql` (Prisma, Drizzle), `NAME/up.sql` (diesel), `NAME.up.sql` (golang-migrate, sqlx), `V1__NAME.sql`
 * (Flyway), `structure.sql` (Rails), `schema.sql` (dbmate)
 */
const pathOfTool =
  /(?:^|\/)(?:[^/]+\/(?:migration|up)\.sql|[^/]+\.up\.sql|[VBR][\d._]*__[^/]*\.sql|(?:structure|schema)\.sql)$/i;
/** goose, dbmate, Drizzle, Liquibase, Atlas, graphile-migrate */
const textOfTool =
  /^[ \t]*--[ \t]*(?:\+goose\b|migrate:up\b|liquibase formatted sql|atlas:)|^--! Previous:|--> statement-breakpoint/im;

function isOfTool(path: string, text: string): boolean {
  return pathOfTool.test(path) || textOfTool.test(text);
}

/** pg_dump, which writes structure files, begins and ends them with these commands of psql. */
function withoutRestrict(text: string): string {
  return text.replaceAll(/^\\(?:un)?restrict\b.*$/gm, "");
}
