import { canonicalVersion, coversVersion, readFlywayFiles } from "./files/flyway-files.ts";
import { readChangeSets } from "./files/liquibase-files.ts";
import type { Tool } from "./tool.ts";

const flyway: Tool = {
  name: "flyway",
  title: "Flyway",
  records: "rows",
  tables: { postgres: "flyway_schema_history", mysql: "flyway_schema_history", sqlite: "flyway_schema_history" },
  columns: ["installed_rank", "version", "script", "success"],
  files: readFlywayFiles,
  sign: { file: /(^|\/)(R__.*\.sql|V\d+[._]\d[\d._]*__.*\.sql)$|\.(java|class)$/ },
  // Compares the version's number, not its spelling. Repeatable migrations have no version.
  keys: [
    (sql) => `CASE WHEN version IS NULL THEN ${sql.concat("'R '", "description")} ELSE ${canonicalVersion(sql)} END`,
  ],
  // To undo a migration, or mark it as deleted, Flyway adds a row.
  revoked: {
    rows: "type LIKE 'UNDO%' OR type = 'DELETE'",
    of: "COALESCE(version, description)",
    by: "installed_rank",
  },
  applied: "success AND type NOT LIKE 'UNDO%' AND type <> 'DELETE'",
  failed: "NOT success",
  baseline: { rows: "success AND type LIKE '%BASELINE'", covers: coversVersion },
  order: "installed_rank",
  repair: () => "Undo its changes, correct it, and run `flyway repair`.",
};

const liquibase: Tool = {
  name: "liquibase",
  title: "Liquibase",
  records: "rows",
  tables: { postgres: "databasechangelog", mysql: "DATABASECHANGELOG", sqlite: "DATABASECHANGELOG" },
  columns: ["id", "author", "filename", "exectype", "md5sum"],
  files: readChangeSets,
  sign: { text: /databaseChangeLog|^--\s*liquibase formatted sql/im, always: true },
  // Before 4.0, the path began with `classpath:`.
  keys: [
    ({ concat }) =>
      concat("REPLACE(REPLACE(filename, 'classpath:/', ''), 'classpath:', '')", "'::'", "id", "'::'", "author"),
  ],
  applied: "exectype NOT IN ('FAILED', 'SKIPPED')",
  failed: "exectype = 'FAILED'",
  order: "orderexecuted",
  repair: () => "Correct it and run `liquibase update` again.",
  lock: { suffix: "lock", held: "locked", release: "run `liquibase release-locks`." },
};

export const jvmTools: readonly Tool[] = [flyway, liquibase];
