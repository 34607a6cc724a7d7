import { integer, migrationFiles } from "./files/file-patterns.ts";
import { laravelDump, withDump } from "./files/schema-dumps.ts";
import type { Tool } from "./tool.ts";

const everywhere = (table: string) => ({ postgres: table, mysql: table, sqlite: table });

const laravel: Tool = {
  name: "laravel",
  title: "Laravel",
  records: "rows",
  tables: everywhere("migrations"),
  columns: ["migration", "batch"],
  files: withDump(migrationFiles({ pattern: /^(.+_.+)\.php$/, byLetters: true }), laravelDump),
  loadDump: "`php artisan migrate`",
  sign: { text: /\bIlluminate\\/ },
  keys: ["migration"],
  order: "id",
};

const doctrine: Tool = {
  name: "doctrine",
  title: "Doctrine Migrations",
  records: "rows",
  tables: everywhere("doctrine_migration_versions"),
  columns: ["version", "executed_at", "execution_time"],
  files: migrationFiles({
    pattern: /^(.+)\.php$/,
    deep: true,
    keys: ([, name = ""], file, tree) => {
      const code = tree.read(file);
      const namespace = /^\s*namespace\s+([\w\\]+)\s*[;{]/m.exec(code)?.[1];
      const className = /\bclass\s+(\w+)\s+extends\b/.exec(code)?.[1] ?? name;
      return [namespace === undefined ? className : `${namespace}\\${className}`];
    },
  }),
  sign: { text: /\bDoctrine\\Migrations\\/, always: true },
  keys: ["version"],
  // Several migrations often end in the same second.
  order: ({ text, concat }) => concat(`COALESCE(${text("executed_at")}, '')`, text("version")),
};

const phinx: Tool = {
  name: "phinx",
  title: "Phinx",
  records: "rows",
  tables: everywhere("phinxlog"),
  columns: ["version", "migration_name", "breakpoint"],
  files: migrationFiles({ pattern: /^(\d+)_\w+\.php$/, keys: ([, version]) => [integer(version)] }),
  sign: { text: /\bPhinx\\|\bMigrations\\(?:Abstract|Base)Migration/, always: true },
  keys: ["version"],
  order: "version",
};

export const phpTools: readonly Tool[] = [laravel, doctrine, phinx];
