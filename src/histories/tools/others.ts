import { integer, migrationFiles } from "./files/file-patterns.ts";
import { railsDump, sqlDump, withDump } from "./files/schema-dumps.ts";
import type { Tool, WantedMigration } from "./tool.ts";
import type { FileTree } from "./files/file-tree.ts";

const everywhere = (table: string) => ({ postgres: table, mysql: table, sqlite: table });

const rails: Tool = {
  name: "rails",
  title: "Rails (Active Record)",
  records: "rows",
  tables: everywhere("schema_migrations"),
  columns: ["version"],
  without: ["dirty", "inserted_at"],
  files: withDump(
    migrationFiles({
      pattern: /^(\d+)_\w+(?:\.\w+)?\.rb$/,
      deep: true,
      keys: ([, version]) => [integer(version)],
    }),
    railsDump,
  ),
  loadDump: "`bin/rails db:prepare` (Rails 7.1 or newer)",
  sign: { text: /\bActiveRecord::Migration\b/ },
  keys: ["version"],
  order: "version",
};

const ecto: Tool = {
  name: "ecto",
  title: "Ecto",
  records: "rows",
  tables: everywhere("schema_migrations"),
  columns: ["version", "inserted_at"],
  files: withDump(
    migrationFiles({ pattern: /^(\d+)_.+\.exs$/, deep: true, keys: ([, version]) => [integer(version)] }),
    sqlDump("structure.sql"),
  ),
  loadDump: "`mix ecto.load`",
  sign: { text: /\buse Ecto\.Migration\b/ },
  keys: ["version"],
  order: "version",
};

const efCore: Tool = {
  name: "ef-core",
  title: "EF Core",
  records: "rows",
  tables: everywhere("__EFMigrationsHistory"),
  columns: ["MigrationId", "ProductVersion"],
  files: efFiles,
  sign: { text: /\bMicrosoft\.EntityFrameworkCore\b|__EFMigrationsHistory/, always: true },
  keys: [({ identifier }) => identifier("MigrationId")],
  order: ({ identifier }) => identifier("MigrationId"),
};

/** The classes, or the script from `dotnet ef migrations script`: an image rarely contains its sources. */
function efFiles(tree: FileTree): readonly WantedMigration[] {
  const classes = migrationFiles({ pattern: /^(\d{14}_\w+)\.cs$/, deep: true })(tree);
  if (classes.length > 0) return classes;
  const recorded = tree.files
    .filter((file) => file.endsWith(".sql"))
    .flatMap((file) => [
      ...tree.read(file).matchAll(/INSERT INTO [^;]*__EFMigrationsHistory[^;]*?VALUES\s*\(N?'(\d{14}_[^']+)'/g),
    ])
    .map(([, id = ""]) => id);
  return [...new Set(recorded)].toSorted().map((id) => ({ name: id, keys: [id] }));
}

export const otherTools: readonly Tool[] = [rails, ecto, efCore];
