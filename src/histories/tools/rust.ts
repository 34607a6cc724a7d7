import { integer, migrationFiles, migrationFolders } from "./files/file-patterns.ts";
import type { Tool } from "./tool.ts";

const everywhere = (table: string) => ({ postgres: table, mysql: table, sqlite: table });

const sqlx: Tool = {
  name: "sqlx",
  title: "SQLx",
  records: "rows",
  tables: everywhere("_sqlx_migrations"),
  columns: ["version", "description", "success", "checksum"],
  files: migrationFiles({
    pattern: /^(\d+)_.+\.sql$/,
    except: /\.down\.sql$/,
    keys: ([, version]) => [integer(version)],
  }),
  sign: {},
  keys: ["version"],
  applied: "success",
  failed: "NOT success",
  order: "version",
  repair: () => "If no migration is running, undo its changes and delete its row from _sqlx_migrations.",
};

const refinery: Tool = {
  name: "refinery",
  title: "Refinery",
  records: "rows",
  tables: everywhere("refinery_schema_history"),
  columns: ["version", "name", "applied_on", "checksum"],
  files: migrationFiles({
    pattern: /^[UV](\d+)(?:\.\d+)?__\w+\.(?:sql|rs)$/,
    keys: ([, version]) => [integer(version)],
  }),
  sign: {},
  keys: ["version"],
  order: "version",
};

const diesel: Tool = {
  name: "diesel",
  title: "Diesel",
  records: "rows",
  tables: everywhere("__diesel_schema_migrations"),
  columns: ["version", "run_on"],
  files: migrationFolders({
    pattern: /^(\d[\d-]*)_/,
    file: "up.sql",
    keys: ([, version = ""]) => [version.replaceAll("-", "")],
  }),
  sign: { file: /^\d[\d-]*_[^/]*\/up\.sql$/ },
  keys: ["version"],
  order: "version",
};

export const rustTools: readonly Tool[] = [sqlx, refinery, diesel];
