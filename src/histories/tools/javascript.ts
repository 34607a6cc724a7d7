import { createHash } from "node:crypto";
import { migrationFiles, migrationFolders } from "./files/file-patterns.ts";
import type { Tool, WantedMigration } from "./tool.ts";
import type { FileTree } from "./files/file-tree.ts";

const everywhere = (table: string) => ({ postgres: table, mysql: table, sqlite: table });
const script = /\.[cm]?[jt]s$/;
const declaration = /\.d\.[cm]?ts$/;
const stem = /^(.+)\.[cm]?[jt]s$/;

/** Umzug with its Sequelize storage, and sequelize-cli, which uses the same table. */
const umzug: Tool = {
  name: "umzug",
  title: "Umzug (Sequelize)",
  records: "rows",
  tables: everywhere("SequelizeMeta"),
  columns: ["name"],
  files: migrationFiles({
    pattern: /^(?:.+)\.(?:[cm]?[jt]s|sql)$/,
    except: /\.d\.[cm]?ts$|\.down\.sql$/,
    keys: ([name]) => [name],
    byLetters: true,
  }),
  sign: { text: /queryInterface|umzug|sequelize/i },
  keys: ["name"],
  order: "name",
};

const knex: Tool = {
  name: "knex",
  title: "Knex",
  records: "rows",
  tables: everywhere("knex_migrations"),
  columns: ["name", "batch", "migration_time"],
  files: migrationFiles({
    pattern: script,
    except: declaration,
    keys: ({ input }) => [input],
    title: ({ input }) => input,
    byLetters: true,
  }),
  sign: { text: /\bknex\b/i },
  keys: ["name"],
  order: "id",
  lock: { suffix: "_lock", held: "is_locked = 1", release: "run `knex migrate:unlock`." },
};

const nodePgMigrate: Tool = {
  name: "node-pg-migrate",
  title: "node-pg-migrate",
  records: "rows",
  tables: { postgres: "pgmigrations" },
  columns: ["name", "run_on"],
  files: migrationFiles({
    pattern: /^(.+?)(?:\.up)?\.(?:[cm]?[jt]s|sql)$/,
    except: /\.d\.[cm]?ts$|\.down\.sql$/,
    title: ([, name]) => name ?? "",
  }),
  sign: { text: /\bpgm\b|^-- Up Migration/im },
  keys: ["name"],
  order: "id",
};

const graphileMigrate: Tool = {
  name: "graphile-migrate",
  title: "Graphile Migrate",
  records: "rows",
  tables: { postgres: "graphile_migrate.migrations" },
  columns: ["hash", "previous_hash", "filename"],
  files: (tree) => committed(tree).filter(({ keys }) => keys.length > 0),
  sign: { text: /^--! Previous:/m, always: true },
  keys: ["filename"],
  order: "filename",
};

/** `committed/000001-slug.sql`. The tree is that folder or its parent. */
function committed(tree: FileTree): readonly WantedMigration[] {
  return migrationFiles({
    pattern: /^(\d{6})(?:-[-_a-z0-9]*)?\.sql$/i,
    deep: true,
    keys: ([, number], file) => (/^(committed\/)?[^/]+$/.test(file) ? [`${number}.sql`] : []),
  })(tree);
}

const prisma: Tool = {
  name: "prisma",
  title: "Prisma Migrate",
  records: "rows",
  tables: everywhere("_prisma_migrations"),
  columns: ["migration_name", "finished_at", "rolled_back_at", "applied_steps_count"],
  files: migrationFolders({ pattern: /^.+$/, file: "migration.sql", keys: ([folder]) => [folder] }),
  sign: { file: /^migration_lock\.toml$/ },
  keys: ["migration_name"],
  applied: "finished_at IS NOT NULL AND rolled_back_at IS NULL",
  failed: "finished_at IS NULL AND rolled_back_at IS NULL",
  order: "finished_at",
  squashed: (name) => `run \`prisma migrate resolve --applied ${name}\`.`,
  repair: (name) =>
    `If no migration is running, undo its changes and run \`prisma migrate resolve --rolled-back ${name}\`, or finish it and use \`--applied\`.`,
};

const drizzle: Tool = {
  name: "drizzle",
  title: "Drizzle",
  records: "rows",
  tables: { postgres: "drizzle.__drizzle_migrations", mysql: "__drizzle_migrations", sqlite: "__drizzle_migrations" },
  columns: ["hash", "created_at"],
  files: drizzleFiles,
  sign: { file: /^meta\/_journal\.json$|^\d{14}_[^/]*\/snapshot\.json$/ },
  // An edited file keeps its time; a regenerated journal keeps its hashes.
  keys: ["hash", "created_at"],
  order: "created_at",
};

interface Journal {
  readonly entries: readonly { readonly when: number; readonly tag: string }[];
}

const journalFile = "meta/_journal.json";

/** Up to 0.x, a journal lists the files. From 1.0 on, each file is in a folder whose name begins with its time. */
function drizzleFiles(tree: FileTree): readonly WantedMigration[] {
  const hash = (file: string) => createHash("sha256").update(tree.read(file)).digest("hex");
  if (tree.files.includes(journalFile)) {
    const { entries } = JSON.parse(tree.read(journalFile)) as Journal;
    return entries.map(({ tag, when }) => {
      const file = `${tag}.sql`;
      return { name: tag, keys: [...(tree.files.includes(file) ? [hash(file)] : []), String(when)] };
    });
  }
  return migrationFolders({
    pattern: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:_.*)?$/,
    file: "migration.sql",
    keys: ([, year, month, day, hour, minute, second], file) => [
      hash(file),
      String(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)),
    ],
  })(tree);
}

const typeorm: Tool = {
  name: "typeorm",
  title: "TypeORM",
  records: "rows",
  tables: everywhere("migrations"),
  columns: ["timestamp", "name"],
  without: ["batch"],
  // The names of the file and the class differ, but both contain the time.
  files: migrationFiles({
    pattern: /(\d{13}).*\.[cm]?[jt]s$/,
    except: declaration,
    title: ({ input }) => input.replace(script, ""),
  }),
  sign: { text: /MigrationInterface|queryRunner/i },
  keys: [(sql) => sql.identifier("timestamp")],
  order: "id",
};

const mikroOrm: Tool = {
  name: "mikro-orm",
  title: "MikroORM",
  records: "rows",
  tables: everywhere("mikro_orm_migrations"),
  columns: ["name", "executed_at"],
  // Older versions of MikroORM record the ending as well.
  files: migrationFiles({
    pattern: stem,
    except: declaration,
    keys: ([, name]) => [`${name}`, `${name}.js`, `${name}.ts`],
    byLetters: true,
  }),
  sign: { text: /@mikro-orm\/migrations|\bextends Migration\b/ },
  keys: ["name"],
  order: "id",
};

export const javascriptTools: readonly Tool[] = [
  umzug,
  knex,
  nodePgMigrate,
  graphileMigrate,
  prisma,
  drizzle,
  typeorm,
  mikroOrm,
];
