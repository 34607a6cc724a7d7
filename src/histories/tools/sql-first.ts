import { migrationFiles } from "./files/file-patterns.ts";
import { sqlDump, withDump } from "./files/schema-dumps.ts";
import { readPlan } from "./files/sqitch-plan.ts";
import { readAtlasFiles } from "./files/atlas-files.ts";
import type { Tool } from "./tool.ts";

/** Tools with SQL migrations, for applications in any language. */
const dbmate: Tool = {
  name: "dbmate",
  title: "dbmate",
  records: "rows",
  tables: { postgres: "schema_migrations", mysql: "schema_migrations", sqlite: "schema_migrations" },
  columns: ["version"],
  without: ["dirty", "inserted_at"],
  files: withDump(
    migrationFiles({ pattern: /^(\d+).*\.sql$/, except: /\.(up|down)\.sql$/, byLetters: true }),
    sqlDump("schema.sql"),
  ),
  loadDump: "`dbmate load`",
  sign: { text: /^--\s*migrate:up/m, always: true },
  keys: ["version"],
  order: "version",
};

const sqitch: Tool = {
  name: "sqitch",
  title: "Sqitch",
  records: "rows",
  // With SQLite, the registry is a separate file, sqitch.db. The URL must name that file.
  otherPlace: {
    sqlite: "Sqitch keeps its registry in a file of its own, sqitch.db, beside the database: set `url:` to that file.",
  },
  tables: { postgres: "sqitch.changes", mysql: "sqitch.changes", sqlite: "changes" },
  columns: ["change_id", "script_hash", "change", "project"],
  files: readPlan,
  sign: { file: /^sqitch\.plan$/ },
  // The plan and the registry list a reworked change once for each rework.
  source: ({ identifier }, table) => {
    const change = identifier("change");
    const turn = `ROW_NUMBER() OVER (PARTITION BY project, ${change} ORDER BY committed_at)`;
    return `(SELECT project, ${change}, committed_at, ${turn} AS turn FROM ${table}) AS changes`;
  },
  keys: [
    ({ identifier, text, concat }) =>
      concat(
        "project",
        "':'",
        identifier("change"),
        `CASE turn WHEN 1 THEN '' ELSE ${concat("'@'", text("turn"))} END`,
      ),
  ],
  order: "committed_at",
  failures: ({ identifier, concat }, table) => {
    const later = `SELECT 1 FROM ${table("events")} AS later WHERE later.change_id = event.change_id AND later.committed_at > event.committed_at`;
    return `SELECT ${concat("event.project", "':'", `event.${identifier("change")}`)} AS name FROM ${table("events")} AS event
      WHERE event.event = 'fail' AND NOT EXISTS (${later})`;
  },
  repair: () => "Correct it and run `sqitch deploy` again.",
};

const atlas: Tool = {
  name: "atlas",
  title: "Atlas",
  records: "rows",
  tables: {
    postgres: "atlas_schema_revisions.atlas_schema_revisions",
    mysql: "atlas_schema_revisions",
    sqlite: "atlas_schema_revisions",
  },
  otherPlace: {
    mysql:
      "If the URL that you give Atlas names no database, its table is in the database atlas_schema_revisions: set `table: atlas_schema_revisions.atlas_schema_revisions`.",
  },
  columns: ["version", "applied", "total", "partial_hashes", "operator_version"],
  files: readAtlasFiles,
  sign: { file: /^atlas\.sum$/ },
  keys: ["version"],
  // Type 1 is a baseline, 2 an ordinary run, 4 resolved by hand. One row names the database, not a migration.
  applied:
    "version <> '.atlas_cloud_identifier' AND (type <> 2 OR (applied = total AND (error IS NULL OR error = '')))",
  failed: "type = 2 AND (applied < total OR error <> '')",
  baseline: { rows: "type = 1", covers: (baseline, { keys: [version = ""] }) => version <= baseline },
  order: "version",
  repair: () => "Fix the cause and run `atlas migrate apply`. It continues after the last statement that succeeded.",
};
export const sqlFirstTools: readonly Tool[] = [dbmate, sqitch, atlas];
